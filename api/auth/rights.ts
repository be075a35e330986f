import { hasPermission, type Permission } from '../../contract/permissions.ts';
import { snapshotOf } from '../../platform/async/cached.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { activeInvestigators } from '../../platform/postgres/queries/investigators.ts';

/** How long somebody who lost a right may still be shown what a stream brings. */
const MAX_AGE_MS = 1000;

/** Whether an investigator still has a right, for what lasts longer than a request. */
export type RightsReader = (investigatorId: number, permission: Permission) => Promise<boolean>;

export function createRightsReader(pool: Pool, now: () => number): RightsReader {
  const load = snapshotOf(MAX_AGE_MS, now, () => activeInvestigators(pool));
  return async (investigatorId, permission) => {
    const found = (await load()).find(({ id }) => id === investigatorId);
    return found !== undefined && hasPermission(found.permissions, permission);
  };
}
