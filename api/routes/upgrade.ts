import { Hono } from 'hono';
import type { Sent, UpgradeRecordView, UpgradeView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import type { UpgradeCounts } from '../../contract/rules/upgrade-protocol.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import {
  countUpgrades,
  type UpgradeRecord,
  upgradeRecords,
} from '../../platform/postgres/queries/upgrades/records.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId, parseLimit, parseOffset } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { requireAction } from '../records/require-action.ts';

/** An endpoint counts as silent in responses after this long; the worker has a setting of its own. */
const SILENT_AFTER_MS = 15 * 60_000;
const DEFAULT_LIMIT = 100;

/**
 * GET /upgrade: the number of endpoints at each step of an upgrade, then one record per endpoint, with those that need
 * attention first. `all=true` includes those that are done.
 */
export function upgradeRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/upgrade', requirePermission(deps, 'action'), async (c) => {
    const query = readQuery(c, ['actionid', 'all', 'limit', 'offset']);
    const id = parseId('Action', 'actionid', query.actionid);
    const limit = parseLimit(query, DEFAULT_LIMIT);
    const offset = parseOffset(query);
    const row = await requireAction(pool, id);
    const counts = await countUpgrades(pool, id, SILENT_AFTER_MS);
    checkStarted(id, counts);
    const records = await upgradeRecords(pool, id, { limit, offset, isAll: query.all === 'true' });
    return respond(c, [
      item(recordHref(deps, 'action', id), 'upgrade', toUpgrade(row, counts)),
      ...records.map((record) =>
        item(recordHref(deps, 'command', record.commandid), 'record', toUpgradeRecord(record)),
      ),
    ]);
  });
  return app;
}

function checkStarted(id: number, { open, finished }: UpgradeCounts): void {
  if (Object.keys(open).length > 0 || Object.keys(finished).length > 0) return;
  throw new MigError('not_found', `Action ID '${id}' is no upgrade, or has not begun`);
}

function toUpgrade({ id, name, status, reason, paused }: ActionRow, counts: UpgradeCounts) {
  return { id, name, status, reason, paused, ...counts } satisfies Sent<typeof UpgradeView>;
}

function toUpgradeRecord(record: UpgradeRecord) {
  return { ...record } satisfies Sent<typeof UpgradeRecordView>;
}
