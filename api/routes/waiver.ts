import * as routes from '../../contract/api/sweep-changes.ts';
import { MigError } from '../../contract/errors.ts';
import { revokeWaiver } from '../../platform/postgres/queries/sweeps/waivers.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';
import { requireSweepOf } from '../sweeps/require-sweep-of.ts';
import { acceptWaiver } from '../sweeps/waive.ts';

/** Signed exceptions of a sweep. */
export function waiverRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.waiveCheck, async ({ waiver: document, signatures, ...key }, c) => {
      const row = await requireSweepOf(deps, c, key);
      const id = await acceptWaiver(deps, row, { document, signatures, caller: auditCaller(deps, c) });
      return respond(c, [item(recordHref(deps, 'sweep', row.id), 'waiver', { id })], 202);
    }),

    serve(deps, routes.revokeWaiver, async ({ waiverid: id, ...key }, c) => {
      const row = await requireSweepOf(deps, c, key);
      await auditedChange(deps, async (db) => {
        const isRevoked = await revokeWaiver(db, { id, sweepid: row.id });
        if (!isRevoked) throw new MigError('not_found', `the sweep has no waiver ${id} that is in force`);
        const caller = auditCaller(deps, c);
        return { result: id, entry: { ...caller, kind: 'waiver_revoked', outcome: 'done', objectId: id } };
      });
      return respond(c, [item(recordHref(deps, 'sweep', row.id), 'waiver', { id })]);
    }),
  ];
}
