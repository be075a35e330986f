import { randomUUID } from 'node:crypto';
import { signSweepRuns } from '../../contract/api/sweep-changes.ts';
import { listSweepTimes } from '../../contract/api/sweeps.ts';
import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis, toTimestamp, unixMillis } from '../../contract/go/time.ts';
import type { SignedRuns } from '../../contract/sweep/requests.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { CliSession } from '../session.ts';
import type { LoadedSweep } from './load-sweep.ts';
import { signRun } from './sign-run.ts';

/** How far the clock of the API may be behind. */
const MAX_CLOCKS_APART_MS = 10 * 60_000;
/** The API takes 100 in a body of 1.6 MB; a signed run has about one kilobyte for each of its actions. */
const RUNS_PER_REQUEST = 50;

const MINUTE_MS = 60_000;
const YEAR_MS = 366 * 24 * 3600_000;

/** The next planned time within a year, and whether its run is signed; undefined when there is none. */
export async function nextTime(
  api: ApiClient,
  sweepId: number,
): Promise<{ time: string; isSigned: boolean } | undefined> {
  const until = new Date(Date.now() + YEAR_MS).toISOString();
  const { times } = await api.call(listSweepTimes, { sweepid: sweepId, until, limit: 1 });
  const [time] = times.planned;
  return time === undefined ? undefined : { time, isSigned: times.signed.includes(time) };
}

/** The planned times of a sweep from now until then that nobody has signed. */
export async function unsignedTimes(api: ApiClient, sweepId: number, until: string): Promise<string[]> {
  const { times } = await api.call(listSweepTimes, { sweepid: sweepId, until });
  const known = new Set(times.signed);
  const unsigned = times.planned.filter((time) => !known.has(time));
  requireOrder(unsigned, { fromMs: Date.now() - MAX_CLOCKS_APART_MS, untilMs: unixMillis(until) });
  return unsigned;
}

/**
 * Refuses times that are not whole minutes, one after the other, until then. The investigator reads their number, the
 * first and the last: a server could hide one of another year between them.
 */
export function requireOrder(
  times: readonly string[],
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
): void {
  let beforeMs = fromMs;
  for (const time of times) {
    const ms = toTimestamp(time) === time ? unixMillis(time) : 0;
    if (ms <= beforeMs || ms > untilMs || ms % MINUTE_MS !== 0) {
      throw new MigError(
        'unavailable',
        `nothing was signed: the API sent ${time.slice(0, 64)} as a planned time, which is out of order or no whole minute until ${timestampFromMillis(untilMs)}`,
      );
    }
    beforeMs = ms;
  }
}

/** Signs runs, each with a window of its own, and posts them in pages; reports how many are done. */
export async function signTimes(
  { api, signer }: Pick<CliSession, 'api' | 'signer'>,
  given: {
    loaded: Pick<LoadedSweep, 'report' | 'sweep'>;
    operations: readonly string[];
    times: readonly string[];
  },
  onProgress: (count: number) => void,
): Promise<void> {
  const { loaded, operations, times } = given;
  for (let start = 0; start < times.length; start += RUNS_PER_REQUEST) {
    const runs: SignedRuns = [];
    for (const plannedat of times.slice(start, start + RUNS_PER_REQUEST)) {
      runs.push({ plannedat, parts: await signRun(signer, loaded.sweep, { plannedat, operations }) });
    }
    // To sign a run again changes nothing, so the request may be repeated while Temporal is unavailable.
    const repeatable = { idempotencyKey: randomUUID() };
    await api.call(signSweepRuns, { sweepid: loaded.report.id, runs }, repeatable);
    onProgress(start + runs.length);
  }
}
