import { errorMessage, MigError } from '../../contract/errors.ts';
import { readIfReadable } from '../../contract/sweep/document.ts';
import type { SweepRow } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import {
  deleteSweepSchedule,
  pauseSweepSchedule,
  putSweepSchedule,
  scheduleOfSweep,
} from '../../platform/temporal/sweep-schedule.ts';
import type { ApiDeps } from '../context.ts';

/** Makes Temporal's schedule that of the stored sweep. If Temporal is unavailable, the worker does it later. */
export async function putSchedule({ temporal, log }: ApiDeps, row: SweepRow): Promise<void> {
  try {
    await put(temporal, row);
  } catch (error) {
    log.warn({ sweepId: row.id, error: errorMessage(error) }, 'schedule not made yet');
  }
}

async function put(temporal: ApiDeps['temporal'], row: SweepRow): Promise<void> {
  if (row.deletedat !== null) return deleteSweepSchedule(temporal, row.id);
  const sweep = readIfReadable(row);
  if (!(sweep instanceof MigError)) return putSweepSchedule(temporal, scheduleOfSweep(row, sweep));
  if (row.paused) await pauseSweepSchedule(temporal, row.id);
}
