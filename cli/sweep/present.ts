import { getSweepState } from '../../contract/api/sweeps.ts';
import { MigError } from '../../contract/errors.ts';
import type { StatusCounts } from '../../contract/sweep/counts.ts';
import type { SweepRunView, SweepState } from '../../contract/sweep/item.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { shellWord } from '../../contract/text/shell-word.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { LoadedSweep } from './load-sweep.ts';
import { nextTime } from './sign-ahead.ts';

export async function loadState(api: ApiClient, sweepId: number): Promise<SweepState> {
  return (await api.call(getSweepState, { sweepid: sweepId })).state;
}

const MAX_RUNS = 3;

/** Which runs the present items are of: `354: 350 of run 66 (trigger, …), 4 of run 70 (verify, …)`. */
export function itemsLine({ bycheck, runs }: SweepState): string {
  const total = Object.values(bycheck).flatMap(countsOf).reduce(sum, 0);
  if (total === 0) return 'none yet: no endpoint has been asked';
  const shown = runs.slice(0, MAX_RUNS);
  const older = runs.slice(MAX_RUNS);
  const parts = shown.map(({ items, ...run }) => `${items} of ${runName(run)}`);
  if (older.length > 0) {
    const items = older.map((run) => run.items).reduce(sum, 0);
    parts.push(`${items} of ${countOf(older.length, 'older run')}`);
  }
  return `${total} now: ${parts.join(', ')}`;
}

/** `run 66 (schedule, 2026-12-01T03:00:00Z)`. */
export function runName({ id, kind, plannedat }: Pick<SweepRunView, 'id' | 'kind' | 'plannedat'>): string {
  return `run ${id} (${kind}, ${plannedat})`;
}

/** The next planned run, and whether it can take place; with what to type where it cannot. */
export async function nextLine(api: ApiClient, { view }: Pick<LoadedSweep, 'view'>): Promise<string> {
  const name = shellWord(view.name);
  if (view.paused) return `none while the sweep is paused: mig sweep resume ${name}`;
  const next = await nextTime(api, view.id).catch((error: unknown) => {
    // What is known is shown when the schedule is not.
    if (error instanceof MigError && error.code === 'unavailable') return error;
    throw error;
  });
  if (next instanceof MigError) return `not known: ${next.message}`;
  if (next === undefined) return 'none is planned within a year';
  if (next.isSigned) return next.time;
  // The line about signatures has the command when no run is signed.
  return `${next.time}, not signed${view.signedruns === 0 ? '' : `: mig sweep sign ${name} -until 90d`}`;
}

function countsOf(counts: StatusCounts): number[] {
  return Object.values(counts);
}

function sum(one: number, other: number): number {
  return one + other;
}
