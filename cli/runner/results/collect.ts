import { existsSync } from 'node:fs';
import { errorMessage } from '../../../contract/errors.ts';
import { countOf } from '../../../contract/text/count-of.ts';
import { createBackoff, type Sleep } from '../events/backoff.ts';
import type { RunnerLog } from '../events/runner-log.ts';
import { type InFlight, removeInFlight } from './in-flight.ts';
import { findResults, storeResults } from './store-results.ts';

/** The action as the API has it now, whether it has ended, and its commands. */
export interface ActionResults {
  record: unknown;
  isEnded: boolean;
  commands: () => AsyncIterable<unknown>;
}

export interface Collecting {
  /** Waits until an action should have ended; false when the runner stops before. */
  awaitEnd: (inFlight: InFlight) => Promise<boolean>;
  load: (actionId: number) => Promise<ActionResults>;
  withFetchPermit: <T>(work: () => Promise<T>) => Promise<T>;
  /** Runs the plugin of an action on its results, and logs what became of it. Returns whether it succeeded. */
  deliver: (inFlight: InFlight, resultsFile: string) => Promise<boolean>;
  log: RunnerLog;
  now: () => number;
  sleep: Sleep;
  signal: AbortSignal;
}

/**
 * Awaits the end of an action, stores its results, runs its plugin, and only then removes its file from `inflight/`. When
 * the runner is killed in between, the next one continues: results are fetched once, and a plugin that was running gets
 * them again.
 */
export async function collect(collecting: Collecting, inFlight: InFlight): Promise<void> {
  const { awaitEnd, deliver, log, signal } = collecting;
  const stored = findResults(inFlight.jobFolder, inFlight.actionId);
  if (stored === undefined && !(await awaitEnd(inFlight))) return;
  const file = stored ?? (await fetchUntilStored(collecting, inFlight));
  if (file === undefined || signal.aborted) return;
  if (inFlight.plugin !== '') await deliver(inFlight, file);
  if (signal.aborted) return;
  removeInFlight(inFlight);
  log({
    event: 'completed',
    job: inFlight.job,
    message: `action ${inFlight.actionId} is complete`,
    facts: { actionId: inFlight.actionId },
  });
}

/** Undefined when the runner stops, or when somebody removes the file of the action. */
async function fetchUntilStored(collecting: Collecting, inFlight: InFlight): Promise<string | undefined> {
  const { withFetchPermit, log, sleep, signal } = collecting;
  const { job, actionId, file } = inFlight;
  const backoff = createBackoff();
  while (!signal.aborted) {
    if (!existsSync(file)) {
      log({
        event: 'given-up',
        level: 'warn',
        job,
        message: `${file} was removed: its results are not fetched`,
      });
      return undefined;
    }
    const problem = await withFetchPermit(() => tryFetch(collecting, inFlight));
    if (typeof problem !== 'string') return problem.file;
    if (signal.aborted) return undefined;
    const waitMs = backoff.next();
    log({
      event: 'results-retried',
      level: 'warn',
      job,
      message: `results of action ${actionId} not stored: ${problem}: again in ${waitMs / 1000} s (removing ${file} ends this)`,
      facts: { actionId },
    });
    await sleep(waitMs, signal);
  }
  return undefined;
}

/** Returns the stored file, or the reason why there is none yet. */
async function tryFetch(
  { load, log, now }: Collecting,
  { job, jobFolder, actionId, plugin }: InFlight,
): Promise<{ file: string } | string> {
  try {
    const { record, isEnded, commands } = await load(actionId);
    if (!isEnded) return 'the platform has not ended the action yet';
    const { file, count } = await storeResults(
      { record, commands: commands() },
      { jobFolder, job, actionId, plugin, nowMs: now() },
    );
    log({
      event: 'stored',
      job,
      message: `results of action ${actionId} stored: ${countOf(count, 'command')} in ${file}`,
      facts: { actionId, commands: count, file },
    });
    return { file };
  } catch (error) {
    return errorMessage(error);
  }
}
