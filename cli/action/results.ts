import type { ActionView, CommandView } from '../../contract/api-responses.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { countOf } from '../../contract/text/count-of.ts';
import type { ApiClient } from '../api/api-client.ts';
import { EXIT, worseOf } from '../exit-codes.ts';
import type { GlobalOptions } from '../options.ts';
import { countersLine } from '../terminal/counters-line.ts';
import type { Output } from '../terminal/output.ts';
import { createAnswerPrinter, filtersOf, whatIsCounted } from './answer-printers.ts';
import { createJsonCommands, createJsonGroups } from './json-answers.ts';
import { exitCodeOfAction, outcomeOf } from './outcome.ts';
import {
  countModuleFailures,
  loadProblems,
  MAX_ERRORS,
  type Problems,
  problemLines,
  problemsOf,
} from './problems.ts';
import { createRowPrinter, type RowFormat } from './result-rows.ts';
import { createUnsupported } from './unsupported.ts';
import { exitCodeOfUpgrade, printUpgrade, type Upgrade } from './upgrade.ts';

interface Printing {
  api: ApiClient;
  output: Output;
  options: Pick<GlobalOptions, 'show' | 'answer' | 'json'>;
  /** A row for each line of a result, in place of the lines. */
  rows?: RowFormat | undefined;
}

interface Found {
  action: ActionView;
  /** The progress of the agents, if the action is an upgrade. */
  upgrade: Upgrade | undefined;
}

/** Prints the results of an action so far, then what is missing. Returns the exit code. */
export async function printResults(printing: Printing, found: Found): Promise<number> {
  const { output, options } = printing;
  const { action, upgrade } = found;
  const problems = options.json ? await printJson(printing, found) : await printText(printing, action);
  const more = `mig results ${action.id} --json has every error that was returned`;
  for (const line of problemLines(problems, more)) output.note(line);
  if (!isFinalAction(action.status)) {
    const state = action.paused ? `${action.status}, paused` : action.status;
    output.note(`action ${action.id} is ${state}: answers may come until ${action.expireafter}`);
  }
  if (action.reason) output.note(`action ${action.status}: ${action.reason}`);
  if (upgrade && !options.json && !printing.rows) printUpgrade(output, upgrade);
  return exitCodeOf(found, problems);
}

function exitCodeOf({ action, upgrade }: Found, problems: readonly Problems[]): number {
  return worseOf(exitCodeOfAction(action, problems), upgrade ? exitCodeOfUpgrade(upgrade) : EXIT.ok);
}

async function printText(printing: Printing, action: ActionView): Promise<Problems[]> {
  const { api, output, options } = printing;
  const count = await printAnswers(printing, action);
  const problems = await loadProblems(api, action);
  output.note(countersLine(action.counters, action.failures ?? countModuleFailures(problems)));
  output.note(`${countOf(count, 'agent')} ${count === 1 ? 'has' : 'have'} ${whatIsCounted(options)}`);
  await printUnanswered({ api, output }, action);
  return problems;
}

/** Returns how many agents gave an answer that was asked for. */
async function printAnswers({ api, output, options, rows }: Printing, { id }: ActionView): Promise<number> {
  const print = rows
    ? createRowPrinter(output, { format: rows, foundOnly: options.show === 'found' })
    : createAnswerPrinter({ output, options });
  let count = 0;
  // In rows every command has its place, also one that nobody has answered.
  if (rows && options.show === 'all') {
    for await (const command of api.search('command', { actionid: id })) {
      if (await print.add(command, hasFound(command))) count++;
    }
  } else {
    for (const isFound of filtersOf(options)) {
      for await (const record of answeredCommands(api, { id, isFound })) {
        if (await print.add(record, isFound)) count++;
      }
    }
  }
  print.end(id);
  return count;
}

/** The commands of an action whose agents found something, or nothing. */
export async function* answeredCommands(
  api: Pick<ApiClient, 'search'>,
  { id, isFound }: { id: number; isFound: boolean },
): AsyncGenerator<CommandView> {
  for await (const record of api.search('command', { actionid: id, foundanything: isFound })) {
    // The API returns an agent for both filters when only one of its operations found something; it counts as found.
    if (isFound || !hasFound(record)) yield record;
  }
}

const UNANSWERED = ['cancelled', 'expired', 'failed', 'timeout'] as const;

async function printUnanswered(
  { api, output }: Pick<Printing, 'api' | 'output'>,
  { id, counters }: ActionView,
): Promise<void> {
  for (const status of UNANSWERED) {
    if (!counters[status]) continue;
    const unsupported = createUnsupported();
    output.note(`${countOf(counters[status], 'agent')} ${status}:`);
    for await (const record of api.search('command', { actionid: id, status })) {
      if (!unsupported.take(problemsOf(record))) output.note(`  ${unansweredLine(record)}`);
    }
    for (const line of unsupported.lines()) output.note(`  ${line}`);
  }
}

function unansweredLine(command: CommandView): string {
  const { name } = command.agent;
  const errors = problemsOf(command).flatMap((problems) => [...problems.errors, ...problems.limits]);
  const rest = errors.length - MAX_ERRORS;
  const shown = [...errors.slice(0, MAX_ERRORS), ...(rest > 0 ? [`and ${rest} more`] : [])];
  return shown.length === 0 ? name : `${name}: ${shown.join('; ')}`;
}

async function printJson({ api, output, options }: Printing, found: Found): Promise<Problems[]> {
  const { action, upgrade } = found;
  const answers = options.show === 'grouped' ? createJsonGroups() : createJsonCommands();
  const problems: Problems[] = [];
  let foundCount = 0;
  for await (const command of api.search('command', { actionid: action.id })) {
    answers.add(command);
    problems.push(...problemsOf(command));
    if (hasFound(command)) foundCount++;
  }
  const { sent = 0, success = 0 } = action.counters;
  const exitCode = exitCodeOf(found, problems);
  const outcome = outcomeOf(problems, { exitCode, found: foundCount, sent, success });
  output.json(JSON.stringify({ action, ...answers.fields(), outcome, upgrade }));
  return problems;
}

function hasFound({ results }: CommandView): boolean {
  return (results ?? []).some(({ foundanything }) => foundanything);
}
