import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis, unixMillis } from '../../contract/go/time.ts';
import type { SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { plannedTimes, unplannedTime } from '../../platform/temporal/sweep-schedule.ts';
import type { ApiDeps } from '../context.ts';
import { putSchedule } from './put-schedule.ts';

/** Runs are planned at most this far ahead: a signature for years ahead allows too much. */
const MAX_AHEAD_DAYS = 400;
const DAY_MS = 24 * 3600_000;
const MAX_TIMES = 10_000;

/**
 * The planned times of a sweep from now until then, by Temporal's own count of them, oldest first. Without a limit,
 * more than `MAX_TIMES` are refused.
 */
export async function timesUntil(
  deps: ApiDeps,
  row: SweepRow,
  { untilMs, limit = MAX_TIMES + 1 }: { untilMs: number; limit?: number | undefined },
): Promise<string[]> {
  const fromMs = deps.now();
  if (untilMs <= fromMs) throw invalid('until: must be in the future');
  if (untilMs > fromMs + MAX_AHEAD_DAYS * DAY_MS) {
    throw invalid(`until: runs can be planned for ${MAX_AHEAD_DAYS} days at most`);
  }
  const planned = await askSchedule(deps, row, () =>
    plannedTimes(deps.temporal, {
      sweepId: row.id,
      fromMs,
      toMs: untilMs,
      limit: Math.min(limit, MAX_TIMES + 1),
    }),
  );
  const times = planned.map(timestampFromMillis);
  if (times.length <= MAX_TIMES) return times;
  throw invalid(
    `until: that is more than ${MAX_TIMES} runs; the latest time that is accepted now is ${times[MAX_TIMES - 1]}`,
  );
}

/** Refuses a time that the schedule does not plan: its run would never begin, and would count as signed. */
export async function requirePlanned(
  deps: ApiDeps,
  row: SweepRow,
  plannedats: readonly string[],
): Promise<void> {
  const lastMs = deps.now() + MAX_AHEAD_DAYS * DAY_MS;
  const tooFar = plannedats.find((plannedat) => unixMillis(plannedat) > lastMs);
  if (tooFar !== undefined) {
    throw invalid(`plannedat: runs can be signed for ${MAX_AHEAD_DAYS} days at most, not for ${tooFar}`);
  }
  // No schedule plans a part of a second.
  const unplanned =
    plannedats.find((plannedat) => timestampFromMillis(unixMillis(plannedat)) !== plannedat) ??
    (await firstUnplanned(deps, row, plannedats));
  if (unplanned === undefined) return;
  throw invalid(
    `plannedat: the schedule of the sweep plans no run at ${unplanned}; GET /sweep/times has the planned times`,
  );
}

async function firstUnplanned(
  deps: ApiDeps,
  row: SweepRow,
  plannedats: readonly string[],
): Promise<string | undefined> {
  const times = plannedats.map(unixMillis);
  const unplanned = await askSchedule(deps, row, () =>
    unplannedTime(deps.temporal, { sweepId: row.id, times }),
  );
  return unplanned === null ? undefined : timestampFromMillis(unplanned);
}

/** Asks Temporal's schedule of a sweep. One that is not there yet, or was lost, is made first. */
async function askSchedule<T>(deps: ApiDeps, row: SweepRow, ask: () => Promise<T | undefined>): Promise<T> {
  if (row.deletedat !== null) throw new MigError('conflict', 'the sweep was deleted: it plans no run');
  try {
    const first = await ask();
    if (first !== undefined) return first;
    await putSchedule(deps, row);
    const second = await ask();
    if (second !== undefined) return second;
  } catch (cause) {
    throw unavailable({ cause });
  }
  throw unavailable();
}

function unavailable(options?: { cause: unknown }): MigError {
  return new MigError(
    'unavailable',
    'the planned times of the sweep are not known now, because Temporal, which counts them, does not answer: try again in a minute, and see that Temporal and a worker run',
    options,
  );
}

function invalid(problem: string): MigError {
  return new MigError('parameter_invalid', problem);
}
