import { type Context, Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { readStoredSweep } from '../../contract/sweep/document.ts';
import { deleteSweep, type SweepRow, setSweepPaused } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { readForm, requireField } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { createSweep } from '../sweeps/create-sweep.ts';
import { requireSweepRow, toSweepViews } from '../sweeps/load-sweep.ts';
import { putSchedule } from '../sweeps/put-schedule.ts';
import { MAX_FORM_BYTES, readSweep } from '../sweeps/read-sweep.ts';

/** What investigators change of sweeps, runs and waivers. */
export function sweepChangeRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const mayChange = requirePermission(deps, 'action_create');
  const respondWith = async (c: Context<ApiEnv>, row: SweepRow, status: 200 | 202) =>
    respond(
      c,
      (await toSweepViews(pool, [row])).map((view) => item(recordHref(deps, 'sweep', row.id), 'sweep', view)),
      status,
    );

  app.post('/sweep/create/', auditAs('sweep_created'), mayChange, async (c) => {
    const form = readForm(c, MAX_FORM_BYTES);
    const row = await createSweep(deps, {
      document: requireField(form, 'sweep'),
      signatures: requireField(form, 'signatures'),
      operations: requireField(form, 'operations'),
      caller: auditCaller(deps, c),
    });
    await putSchedule(deps, row);
    return respondWith(c, row, 202);
  });

  for (const [verb, paused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    const kind = paused ? 'sweep_paused' : 'sweep_resumed';
    app.post(`/sweep/${verb}/`, auditAs(kind), mayChange, async (c) => {
      const { row } = await readSweep(deps, c);
      if (row.paused === paused) {
        throw new MigError('conflict', `the sweep is ${paused ? 'paused already' : 'not paused'}`);
      }
      // To stop a sweep nothing of its document is needed, to run it again everything is.
      if (!paused) readStoredSweep(row);
      await auditedChange(deps, async (db) => {
        await setSweepPaused(db, { id: row.id, paused });
        const detail = { name: row.name };
        return {
          result: row.id,
          entry: { ...auditCaller(deps, c), kind, outcome: 'done', objectId: row.id, detail },
        };
      });
      const changed = await requireSweepRow(pool, { sweepid: String(row.id) });
      await putSchedule(deps, changed);
      return respondWith(c, changed, 200);
    });
  }

  app.post('/sweep/delete/', auditAs('sweep_deleted'), mayChange, async (c) => {
    const { row } = await readSweep(deps, c);
    await auditedChange(deps, async (db) => {
      await deleteSweep(db, row.id);
      const caller = auditCaller(deps, c);
      const detail = { name: row.name };
      return {
        result: row.id,
        entry: { ...caller, kind: 'sweep_deleted', outcome: 'done', objectId: row.id, detail },
      };
    });
    const changed = await requireSweepRow(pool, { sweepid: String(row.id) });
    await putSchedule(deps, changed);
    return respondWith(c, changed, 200);
  });

  return app;
}
