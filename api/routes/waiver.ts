import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { revokeWaiver } from '../../platform/postgres/queries/sweeps/waivers.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { requireField } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { readSweep } from '../sweeps/read-sweep.ts';
import { acceptWaiver } from '../sweeps/waive.ts';

/** Signed exceptions of a sweep. */
export function waiverRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  const mayChange = requirePermission(deps, 'action_create');

  app.post('/sweep/waive/', auditAs('waiver'), mayChange, async (c) => {
    const { row, form } = await readSweep(deps, c);
    const id = await acceptWaiver(deps, row, {
      document: requireField(form, 'waiver'),
      signatures: requireField(form, 'signatures'),
      caller: auditCaller(deps, c),
    });
    return respond(c, [item(recordHref(deps, 'sweep', row.id), 'waiver', { id })], 202);
  });

  app.post('/sweep/unwaive/', auditAs('waiver_revoked'), mayChange, async (c) => {
    const { row, form } = await readSweep(deps, c);
    const id = parseId('Waiver', 'waiverid', form.get('waiverid'));
    await auditedChange(deps, async (db) => {
      const isRevoked = await revokeWaiver(db, { id, sweepid: row.id });
      if (!isRevoked) throw new MigError('not_found', `the sweep has no waiver ${id} that is in force`);
      const caller = auditCaller(deps, c);
      return { result: id, entry: { ...caller, kind: 'waiver_revoked', outcome: 'done', objectId: id } };
    });
    return respond(c, [item(recordHref(deps, 'sweep', row.id), 'waiver', { id })]);
  });
  return app;
}
