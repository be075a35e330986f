import type { Context } from 'hono';
import * as routes from '../../contract/api/sweep-changes.ts';
import type { AuditKind } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import { readStoredSweep } from '../../contract/sweep/document.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { deleteSweep, type SweepRow, setSweepPaused } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { type Item, item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';
import { createSweep } from '../sweeps/create-sweep.ts';
import { requireSweepRow, toSweepViews } from '../sweeps/load-sweep.ts';
import { putSchedule } from '../sweeps/put-schedule.ts';
import { requireSweepOf } from '../sweeps/require-sweep-of.ts';

/** What investigators change of sweeps. */
export function sweepChangeRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.createSweep, async (given, c) => {
      const row = await createSweep(deps, {
        document: given.sweep,
        signatures: given.signatures,
        operations: given.operations,
        caller: auditCaller(deps, c),
      });
      await putSchedule(deps, row);
      return respond(c, await toItems(deps, row), 202);
    }),

    serve(deps, routes.pauseSweep, async (key, c) => {
      const row = await requireSweepOf(deps, c, key);
      if (row.paused) throw new MigError('conflict', 'the sweep is paused already');
      return changeSweep(deps, c, {
        row,
        kind: 'sweep_paused',
        change: (db) => setSweepPaused(db, { id: row.id, paused: true }),
      });
    }),

    serve(deps, routes.resumeSweep, async (key, c) => {
      const row = await requireSweepOf(deps, c, key);
      if (!row.paused) throw new MigError('conflict', 'the sweep is not paused');
      // To stop a sweep nothing of its document is needed, to run it again everything is.
      readStoredSweep(row);
      return changeSweep(deps, c, {
        row,
        kind: 'sweep_resumed',
        change: (db) => setSweepPaused(db, { id: row.id, paused: false }),
      });
    }),

    serve(deps, routes.deleteSweep, async (key, c) => {
      const row = await requireSweepOf(deps, c, key);
      return changeSweep(deps, c, { row, kind: 'sweep_deleted', change: (db) => deleteSweep(db, row.id) });
    }),
  ];
}

interface SweepChange {
  row: SweepRow;
  kind: AuditKind;
  change: (db: Queryable) => Promise<unknown>;
}

/** Changes a sweep and its schedule, and responds with the sweep as it is now. */
async function changeSweep(
  deps: ApiDeps,
  c: Context<ApiEnv>,
  { row, kind, change }: SweepChange,
): Promise<Response> {
  await auditedChange(deps, async (db) => {
    await change(db);
    const detail = { name: row.name };
    return {
      result: row.id,
      entry: { ...auditCaller(deps, c), kind, outcome: 'done', objectId: row.id, detail },
    };
  });
  const changed = await requireSweepRow(deps.pool, { sweepid: row.id });
  await putSchedule(deps, changed);
  return respond(c, await toItems(deps, changed));
}

async function toItems(deps: ApiDeps, row: SweepRow): Promise<Item[]> {
  const views = await toSweepViews(deps.pool, [row]);
  return views.map((view) => item(recordHref(deps, 'sweep', row.id), 'sweep', view));
}
