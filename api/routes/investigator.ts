import * as routes from '../../contract/api/investigators.ts';
import type { InvestigatorView, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { maskFromPermissions, permissionsFromMask } from '../../contract/permissions.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import { investigatorById } from '../../platform/postgres/queries/investigators.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond, respondWithSecret } from '../http/respond.ts';
import { createInvestigator } from '../investigators/create-investigator.ts';
import { type InvestigatorChange, refuseToGrant } from '../investigators/grants.ts';
import { updateInvestigator } from '../investigators/update-investigator.ts';
import { toInvestigatorWithKey } from '../records/to-investigator.ts';
import { type Served, serve } from '../router/serve.ts';

export function investigatorRoutes(deps: ApiDeps): Served[] {
  const { pool, config } = deps;
  return [
    serve(deps, routes.getInvestigator, async ({ investigatorid: id }, c) => {
      const row = await investigatorById(pool, id);
      if (!row) throw new MigError('not_found', `Investigator ID '${id}' not found`);
      const history = `${config.publicUrl}${BASE_ROUTE}/search?type=action&investigatorid=${id}&limit=100`;
      const links = [{ rel: 'investigator history', href: history }];
      const record = item(recordHref(deps, 'investigator', id), 'investigator', toInvestigatorWithKey(row));
      return respond(c, [{ ...record, links }]);
    }),

    serve(deps, routes.createInvestigator, async (given, c) => {
      const { name, publickey = null } = given;
      const permissions = maskFromPermissions(given.permissions);
      refuseToGrant(permissions, investigatorOf(c).permissions);
      const created = await createInvestigator(deps, auditCaller(deps, c), { name, publickey, permissions });
      const value = {
        id: created.id,
        name,
        // MIG's clients expect a text, also for an investigator without a key.
        pgpfingerprint: created.fingerprint ?? '',
        publickey: publickey ? btoa(publickey) : undefined,
        // As in MIG, the fields that the server sets are empty.
        status: '',
        createdat: TIME_ZERO,
        lastmodified: TIME_ZERO,
        permissions: given.permissions,
      } satisfies Sent<typeof InvestigatorView>;
      const href = recordHref(deps, 'investigator', created.id);
      return respond(c, [item(href, `Investigator ID ${created.id}`, value)], 201);
    }),

    serve(deps, routes.updateInvestigator, async ({ id, permissions, status, publickey, apikey }, c) => {
      const change = {
        status,
        permissions: permissions === undefined ? undefined : maskFromPermissions(permissions),
        publickey,
        apikey,
      };
      refuseNoChange(change);
      c.set('audit', { kind: 'investigator_changed', objectId: id });
      const updated = await updateInvestigator(deps, {
        id,
        change,
        caller: auditCaller(deps, c),
        callerPermissions: investigatorOf(c).permissions,
      });
      // As in MIG, all fields are there, and those that were not sent are empty.
      const value = {
        id,
        name: '',
        pgpfingerprint: '',
        publickey: updated.publickey === undefined ? undefined : btoa(updated.publickey),
        status: status ?? '',
        createdat: TIME_ZERO,
        lastmodified: TIME_ZERO,
        apikey: updated.apikey,
        permissions: permissions ?? permissionsFromMask(0),
      } satisfies Sent<typeof InvestigatorView>;
      const answer = [item(recordHref(deps, 'investigator', id), `Investigator ID ${id}`, value)];
      return updated.apikey === undefined ? respond(c, answer) : respondWithSecret(c, answer);
    }),
  ];
}

function refuseNoChange(change: InvestigatorChange): void {
  if (Object.values(change).some((field) => field !== undefined)) return;
  throw new MigError('parameter_invalid', 'nothing to update: give status, permissions, publickey or apikey');
}
