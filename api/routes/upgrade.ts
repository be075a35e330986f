import * as routes from '../../contract/api/upgrades.ts';
import type { Sent, UpgradeRecordView, UpgradeView } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import type { UpgradeCounts } from '../../contract/rules/upgrade-protocol.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import {
  countUpgrades,
  type UpgradeRecord,
  upgradeRecords,
} from '../../platform/postgres/queries/upgrades/records.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { requireAction } from '../records/require-action.ts';
import { type Served, serve } from '../router/serve.ts';

/** An endpoint counts as silent in responses after this long; the worker has a setting of its own. */
const SILENT_AFTER_MS = 15 * 60_000;
/** The state of an upgrade. */
export function upgradeRoutes(deps: ApiDeps): Served[] {
  const { pool } = deps;
  return [
    serve(deps, routes.getUpgrade, async ({ actionid: id, all: isAll, limit, offset }, c) => {
      const row = await requireAction(pool, id);
      const counts = await countUpgrades(pool, id, SILENT_AFTER_MS);
      checkStarted(id, counts);
      const records = await upgradeRecords(pool, id, { limit, offset, isAll });
      return respond(c, [
        item(recordHref(deps, 'action', id), 'upgrade', toUpgrade(row, counts)),
        ...records.map((record) =>
          item(recordHref(deps, 'command', record.commandid), 'record', toUpgradeRecord(record)),
        ),
      ]);
    }),
  ];
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
