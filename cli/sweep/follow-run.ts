import { setTimeout as sleep } from 'node:timers/promises';
import { getSweepRun } from '../../contract/api/sweeps.ts';
import type { SweepRunView } from '../../contract/sweep/item.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { EXIT } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';

const POLL_MS = 1_000;

/** Follows a run until it has ended, or Ctrl-C, which stops only the following. */
export async function followRun(
  { api, output }: Pick<CliSession, 'api' | 'output'>,
  { sweepId, runId }: { sweepId: number; runId: number },
): Promise<SweepRunView | undefined> {
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  process.once('SIGINT', onInterrupt);
  try {
    while (true) {
      const run = await loadRun(api, { sweepId, runId });
      // How it ended is the caller's answer.
      if (run.finishedat !== null) return run;
      output.live(runLine(run));
      await sleep(POLL_MS, undefined, { signal: stop.signal });
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    output.note('the run goes on');
    return undefined;
  } finally {
    process.off('SIGINT', onInterrupt);
    output.endLive();
  }
}

/** A run of a sweep; throws `not_found`. */
export async function loadRun(
  api: CliSession['api'],
  { sweepId, runId }: { sweepId: number; runId: number },
): Promise<SweepRunView> {
  return (await api.call(getSweepRun, { sweepid: sweepId, runid: runId })).run;
}

/** One line about a run: its state, who answered, and its items by status. */
export function runLine(run: SweepRunView): string {
  const { id, plannedat, kind, state, paused, reason, targeted, answered, counts } = run;
  const items = Object.entries(counts).map(([status, count]) => `${count} ${status}`);
  const parts = [
    `run ${id}`,
    plannedat,
    kind,
    `${state}${paused ? ' (paused)' : ''}${reason === null ? '' : `: ${reason}`}`,
  ];
  if (targeted > 0) parts.push(`${answered} of ${countOf(targeted, 'endpoint')} answered`);
  if (items.length > 0) parts.push(items.join(', '));
  return parts.join('  ');
}

/** How to see what was asked and answered: the actions of a run. */
export function actionsLine({ actions }: SweepRunView): string | undefined {
  if (actions.length === 0) return undefined;
  return `${countOf(actions.length, 'action')}: ${actions.map((id) => `mig results ${id}`).join(', ')}`;
}

/** As for an action: who did not answer makes the outcome incomplete; a run that asked nobody was refused. */
export function exitCodeOfRun(run: SweepRunView | undefined): number {
  if (run === undefined) return EXIT.cancelled;
  if (run.state === 'complete') return EXIT.ok;
  return run.state === 'partial' ? EXIT.incomplete : EXIT.refused;
}
