import type { Progress, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { isFinalAction, migCounters } from '../../contract/rules/accounting.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { actionById } from '../../platform/postgres/queries/actions/actions.ts';
import { progressOf } from '../../platform/postgres/queries/actions/counters.ts';
import type { ProgressSnapshot } from './progress-feed.ts';

export async function loadProgress(pool: Pool, id: number): Promise<ProgressSnapshot> {
  const row = await actionById(pool, id);
  if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
  const { counters, matches, errors } = await progressOf(pool, id);
  const progress = {
    id,
    status: row.status,
    reason: row.reason,
    paused: row.paused,
    counters: migCounters(counters),
    matches,
    errors,
  } satisfies Sent<typeof Progress>;
  return { text: JSON.stringify(progress), isFinal: isFinalAction(row.status) };
}
