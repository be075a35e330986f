import { type ActionView, CommandView } from '../../contract/answers.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { GlobalOptions } from '../arguments.ts';
import { EXIT, worseOf } from '../exit-codes.ts';
import { answerLines, countersLine, type Output } from '../terminal/output.ts';
import {
  exitCodeOfAction,
  loadTroubles,
  MAX_ERRORS,
  moduleFailures,
  outcomeOf,
  type Trouble,
  troubleLines,
  troubleOf,
} from './troubles.ts';
import { exitCodeOfUpgrade, printUpgrade, type Upgrade } from './upgrade.ts';

interface Printing {
  api: ApiClient;
  output: Output;
  options: Pick<GlobalOptions, 'show' | 'json'>;
}

/**
 * Prints what an action has found so far, last what is missing from it, and how far it is as an upgrade if it is one.
 * Returns the exit code.
 */
export async function printResults(
  printing: Printing,
  action: ActionView,
  upgrade?: Upgrade,
): Promise<number> {
  const { output, options } = printing;
  const codeOf = (troubles: readonly Trouble[]) =>
    worseOf(exitCodeOfAction(action, troubles), upgrade ? exitCodeOfUpgrade(upgrade) : EXIT.ok);
  const troubles = options.json
    ? await printJson(printing, { action, upgrade, codeOf })
    : await printText(printing, action);
  for (const line of troubleLines(
    troubles,
    `mig results ${action.id} --json has every error that was returned`,
  ))
    output.say(line);
  if (!isFinalAction(action.status)) {
    const state = action.paused ? `${action.status}, paused` : action.status;
    output.say(`action ${action.id} is ${state}: answers may come until ${action.expireafter}`);
  }
  if (action.reason) output.say(`action ${action.status}: ${action.reason}`);
  if (upgrade && !options.json) printUpgrade(output, upgrade);
  return codeOf(troubles);
}

async function printText({ api, output, options }: Printing, action: ActionView): Promise<Trouble[]> {
  const wanted = options.show === 'all' ? [true, false] : [options.show === 'found'];
  let count = 0;
  for (const isFound of wanted) {
    const query = { type: 'command', actionid: String(action.id), foundanything: String(isFound) };
    for await (const record of api.search(query)) {
      // Of several operations one may have found something: then the agent has, and the API gives it both times.
      if (!isFound && hasFound(record)) continue;
      count++;
      for (const line of recordLines(record, options)) output.answer(line, isFound ? 'green' : 'dim');
    }
  }
  const troubles = await loadTroubles(api, action);
  output.say(countersLine(action.counters, action.failures ?? moduleFailures(troubles)));
  const what = { found: 'found results', notfound: 'not found results', all: 'answered' }[options.show];
  output.say(`${count} agent(s) ${count === 1 ? 'has' : 'have'} ${what}`);
  await printUnanswered({ api, output }, action);
  return troubles;
}

/** A record of another shape than ours is printed as JSON, and hides none of the others. */
function recordLines(record: unknown, { show }: Pick<GlobalOptions, 'show'>): string[] {
  const command = CommandView.safeParse(record);
  return command.success
    ? answerLines(command.data, { foundOnly: show === 'found' })
    : [`answer of unknown shape: ${JSON.stringify(record)}`];
}

const UNANSWERED = ['cancelled', 'expired', 'failed', 'timeout'] as const;

async function printUnanswered(
  { api, output }: Pick<Printing, 'api' | 'output'>,
  { id, counters }: ActionView,
): Promise<void> {
  for (const status of UNANSWERED) {
    if (!counters[status]) continue;
    output.say(`${counters[status]} agent(s) ${status}:`);
    for await (const record of api.search({ type: 'command', actionid: String(id), status })) {
      const command = CommandView.safeParse(record);
      const errors = troubleOf(record).flatMap((trouble) => [...trouble.errors, ...trouble.limits]);
      const name = command.success ? command.data.agent.name : 'an agent';
      const rest = errors.length - MAX_ERRORS;
      const shown = [...errors.slice(0, MAX_ERRORS), ...(rest > 0 ? [`and ${rest} more`] : [])];
      output.say(`  ${name}${shown.length === 0 ? '' : `: ${shown.join('; ')}`}`);
    }
  }
}

async function printJson(
  { api, output }: Printing,
  {
    action,
    upgrade,
    codeOf,
  }: {
    action: ActionView;
    upgrade: Upgrade | undefined;
    codeOf: (troubles: readonly Trouble[]) => number;
  },
): Promise<Trouble[]> {
  const commands: unknown[] = [];
  for await (const record of api.search({ type: 'command', actionid: String(action.id) })) {
    const command = CommandView.safeParse(record);
    commands.push(command.success ? command.data : record);
  }
  const troubles = commands.flatMap(troubleOf);
  const { sent = 0, success = 0 } = action.counters;
  const found = commands.filter(hasFound).length;
  const outcome = outcomeOf(troubles, { status: codeOf(troubles), found, sent, success });
  output.json(JSON.stringify({ action, commands, outcome, upgrade }));
  return troubles;
}

function hasFound(record: unknown): boolean {
  const command = CommandView.safeParse(record);
  return command.success && (command.data.results ?? []).some(({ foundanything }) => foundanything);
}
