import { hasPermission, type Permission } from '../../contract/permissions.ts';
import { cached } from '../../platform/async/cached.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { activePermissions } from '../../platform/postgres/queries/investigators.ts';

/** The longest time that a stream continues after its investigator lost the permission. */
const MAX_AGE_MS = 1000;

/** Whether an investigator still has a permission, for responses that take longer than the check of their request. */
export type RightsReader = (investigatorId: number, permission: Permission) => Promise<boolean>;

export function createRightsReader(pool: Pool, now: () => number): RightsReader {
  const load = cached({ maxAgeMs: MAX_AGE_MS, now, load: () => activePermissions(pool) });
  return async (investigatorId, permission) => {
    const found = (await load()).find(({ id }) => id === investigatorId);
    return found !== undefined && hasPermission(found.permissions, permission);
  };
}
