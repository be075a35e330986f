import type { Progress, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { isFinalAction, migCounters } from '../../contract/rules/accounting.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { actionById } from '../../platform/postgres/queries/actions/actions.ts';
import { progressOf } from '../../platform/postgres/queries/actions/counters.ts';
import { brakesOf } from '../../platform/postgres/queries/brakes/brakes.ts';
import type { ProgressSnapshot } from './progress-feed.ts';

export async function loadProgress(pool: Pool, id: number): Promise<ProgressSnapshot> {
  const row = await actionById(pool, id);
  if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
  const { counters, matches, errors } = await progressOf(pool, id);
  const isFinal = isFinalAction(row.status);
  const brakes = row.braked && !isFinal ? await brakesOf(pool, id) : undefined;
  const progress = {
    id,
    status: row.status,
    reason: row.reason,
    paused: row.paused,
    counters: migCounters(counters),
    matches,
    errors,
    brakes: brakes && { state: brakes.state, held: brakes.heldat !== null },
  } satisfies Sent<typeof Progress>;
  return { text: JSON.stringify(progress), isFinal };
}
