import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { actionById } from '../../platform/postgres/queries/actions.ts';
import { countUpgrades, upgradeRecords } from '../../platform/postgres/queries/upgrades/records.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId, parseLimit, parseOffset } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';

/** For people who look; the worker has a setting of its own. */
const SILENT_AFTER_MS = 15 * 60_000;

/**
 * How far each endpoint of an upgrade is: first where they all stand, then the records, those that need somebody first.
 * `all=true` lists those that are done, too.
 */
export function upgradeRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/upgrade', requirePermission(deps, 'action'), async (c) => {
    const query = readQuery(c, ['actionid', 'all', 'limit', 'offset']);
    const id = parseId('Action', 'actionid', query.actionid);
    const limit = parseLimit(query, 100);
    const offset = parseOffset(query);
    const row = await actionById(deps.pool, id);
    if (!row) throw new MigError('not_found', `Action ID '${id}' not found`);
    const counts = await countUpgrades(deps.pool, id, SILENT_AFTER_MS);
    const records = await upgradeRecords(deps.pool, id, {
      limit,
      offset,
      isAll: query.all === 'true',
    });
    if (Object.keys({ ...counts.open, ...counts.finished }).length === 0) {
      throw new MigError('not_found', `Action ID '${id}' is no upgrade, or has not begun`);
    }
    const { name, status, reason, paused } = row;
    const summary = { id, name, status, reason, paused, ...counts };
    return respond(c, [
      item(recordHref(deps, 'action', id), 'upgrade', summary),
      ...records.map((record) => item(recordHref(deps, 'command', record.commandid), 'record', record)),
    ]);
  });
  return app;
}
