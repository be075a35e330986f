import { randomUUID } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import type { Action } from '../contract/action.ts';
import {
  type ActionView,
  ActionView as ActionViewSchema,
  type ApiClient,
  CommandView,
  isFinal,
} from './api-client.ts';
import type { GlobalOptions } from './arguments.ts';
import { actionText } from './build-action.ts';
import { answerLines, countersLine, type Output } from './output.ts';

export const EXIT = { ok: 0, error: 1, usage: 2, invalid: 3, incomplete: 4, cancelled: 130 } as const;

/** Posts a signed action, follows it, and prints what it found. Returns the exit status. */
export async function investigate(
  { api, output, options }: { api: ApiClient; output: Output; options: GlobalOptions },
  action: Action,
): Promise<number> {
  const posted = ActionViewSchema.parse(
    await api.post('action/create/', { action: actionText(action) }, { 'Idempotency-Key': randomUUID() }),
  );
  output.say(`action ${posted.id} launched, target: ${action.target}`);
  await followAction({ api, output }, posted.id);
  const final = ActionViewSchema.parse(await api.get(`action?actionid=${posted.id}`));
  if (options.json) await printJson({ api, output }, final);
  else await printResults({ api, output, options }, final);
  return exitStatus(final);
}

/** Follows to the end. Ctrl-C asks whether to cancel the action; a second one leaves it running and stops following. */
async function followAction({ api, output }: { api: ApiClient; output: Output }, id: number): Promise<void> {
  const stop = new AbortController();
  const onInterrupt = () => void offerCancel({ api, output }, id, stop);
  process.on('SIGINT', onInterrupt);
  try {
    for await (const progress of api.follow(id, stop.signal)) {
      output.progress(progress);
      if (isFinal(progress.status)) break;
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    output.endProgress();
    process.off('SIGINT', onInterrupt);
  }
}

async function offerCancel(
  { api, output }: { api: ApiClient; output: Output },
  id: number,
  stop: AbortController,
): Promise<void> {
  output.endProgress();
  if (!process.stdin.isTTY) {
    output.say(`stopped following; action ${id} goes on (mig cancel ${id} ends it)`);
    stop.abort();
    return;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', () => stop.abort());
  const answer = await terminal
    .question(`cancel action ${id} on all agents? [y/N] `, { signal: stop.signal })
    .catch(() => 'n');
  terminal.close();
  if (!/^y/i.test(answer)) {
    output.say(`stopped following; action ${id} goes on (mig cancel ${id} ends it)`);
    stop.abort();
    return;
  }
  await api.post('action/cancel/', { actionid: String(id) });
  output.say(`action ${id} is being cancelled`);
}

async function printResults(
  { api, output, options }: { api: ApiClient; output: Output; options: GlobalOptions },
  action: ActionView,
): Promise<void> {
  const wanted = options.show === 'all' ? [true, false] : [options.show === 'found'];
  let count = 0;
  for (const found of wanted) {
    const query = { type: 'command', actionid: String(action.id), foundanything: String(found) };
    for await (const record of api.search(query)) {
      count++;
      const lines = answerLines(CommandView.parse(record), { foundOnly: options.show === 'found' });
      for (const line of lines) output.answer(line, found ? 'green' : 'dim');
    }
  }
  output.say(countersLine(action.counters));
  const what = { found: 'found results', notfound: 'not found results', all: 'answered' }[options.show];
  output.say(`${count} agent(s) ${count === 1 ? 'has' : 'have'} ${what}`);
  for (const status of ['cancelled', 'expired', 'failed', 'timeout']) {
    if (!action.counters[status]) continue;
    output.say(`${action.counters[status]} agent(s) ${status}:`);
    for await (const record of api.search({ type: 'command', actionid: String(action.id), status })) {
      const command = CommandView.parse(record);
      const errors = (command.results ?? []).flatMap((result) => result.errors ?? []);
      output.say(
        `  ${command.agent.name}${errors.length === 0 ? '' : `: ${[...new Set(errors)].join('; ')}`}`,
      );
    }
  }
  if (action.reason) output.say(`action ${action.status}: ${action.reason}`);
}

async function printJson(
  { api, output }: { api: ApiClient; output: Output },
  action: ActionView,
): Promise<void> {
  const commands: unknown[] = [];
  for await (const record of api.search({ type: 'command', actionid: String(action.id) })) {
    commands.push(CommandView.parse(record));
  }
  output.json(JSON.stringify({ action, commands }));
}

function exitStatus({ status, counters }: ActionView): number {
  if (status === 'invalid') return EXIT.invalid;
  if (status === 'cancelled') return EXIT.cancelled;
  return (counters.sent ?? 0) > (counters.success ?? 0) ? EXIT.incomplete : EXIT.ok;
}
