import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ApiClient } from '../api/api-client.ts';
import type { CliSession } from '../session.ts';
import type { LoadedSweep } from './load-sweep.ts';
import { signRun } from './sign-run.ts';

const Times = z.object({ planned: z.array(z.string()), signed: z.array(z.string()) });
/** The API takes 100 in a body of 1.6 MB; a signed run has about one kilobyte for each of its actions. */
const RUNS_PER_REQUEST = 50;

const YEAR_MS = 366 * 24 * 3600_000;

/** The next planned time within a year, and whether its run is signed; undefined when there is none. */
export async function nextTime(
  api: ApiClient,
  sweepId: number,
): Promise<{ time: string; isSigned: boolean } | undefined> {
  const until = new Date(Date.now() + YEAR_MS).toISOString();
  const query = new URLSearchParams({ sweepid: String(sweepId), until, limit: '1' });
  const { planned, signed } = Times.parse(await api.get(`sweep/times?${query}`));
  const [time] = planned;
  return time === undefined ? undefined : { time, isSigned: signed.includes(time) };
}

/** The planned times of a sweep from now until then that nobody has signed. */
export async function unsignedTimes(api: ApiClient, sweepId: number, until: string): Promise<string[]> {
  const query = new URLSearchParams({ sweepid: String(sweepId), until });
  const { planned, signed } = Times.parse(await api.get(`sweep/times?${query}`));
  const known = new Set(signed);
  return planned.filter((time) => !known.has(time));
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
    const runs: unknown[] = [];
    for (const plannedat of times.slice(start, start + RUNS_PER_REQUEST)) {
      runs.push({ plannedat, parts: await signRun(signer, loaded.sweep, { plannedat, operations }) });
    }
    const form = { sweepid: String(loaded.report.id), runs: JSON.stringify(runs) };
    // To sign a run again changes nothing, so the request may be repeated while Temporal is unavailable.
    await api.post('sweep/sign/', form, { 'Idempotency-Key': randomUUID() });
    onProgress(start + runs.length);
  }
}
