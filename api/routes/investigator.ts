import { Hono } from 'hono';
import type { InvestigatorView, Sent } from '../../contract/api-responses.ts';
import { MigError } from '../../contract/errors.ts';
import { parseStrictJson } from '../../contract/go/strict-json.ts';
import {
  maskFromPermissions,
  type Permission,
  Permissions,
  permissionsFromMask,
} from '../../contract/permissions.ts';
import { INVESTIGATOR_STATUSES } from '../../contract/statuses.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import { investigatorById } from '../../platform/postgres/queries/investigators.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { requirePermission } from '../auth/authenticate.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readMultipart } from '../http/read-multipart.ts';
import { readForm, readQuery } from '../http/read-request.ts';
import { recordHref, respond, respondWithSecret } from '../http/respond.ts';
import { createInvestigator } from '../investigators/create-investigator.ts';
import { type InvestigatorChange, refuseToGrant } from '../investigators/grants.ts';
import { updateInvestigator } from '../investigators/update-investigator.ts';
import { toInvestigatorWithKey } from '../records/to-investigator.ts';

const MAX_BODY_BYTES = 256 * 1024;
const MAX_NAME = 1024;

export function investigatorRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, config } = deps;
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/investigator', requirePermission(deps, 'investigator'), async (c) => {
    const id = parseId('Investigator', 'investigatorid', readQuery(c, ['investigatorid']).investigatorid);
    const row = await investigatorById(pool, id);
    if (!row) throw new MigError('not_found', `Investigator ID '${id}' not found`);
    const history = `${config.publicUrl}${BASE_ROUTE}/search?type=action&investigatorid=${id}&limit=100`;
    const links = [{ rel: 'investigator history', href: history }];
    const record = item(recordHref(deps, 'investigator', id), 'investigator', toInvestigatorWithKey(row));
    return respond(c, [{ ...record, links }]);
  });

  app.post(
    '/investigator/create/',
    auditAs('investigator_created'),
    requirePermission(deps, 'investigator_create'),
    async (c) => {
      const form = await readMultipart(c, MAX_BODY_BYTES);
      const name = parseName(form.get('name'));
      const permissions = parsePermissions(form.get('permissions'));
      const publickey = form.get('publickey') ?? null;
      refuseToGrant(permissions, investigatorOf(c).permissions);
      const created = await createInvestigator(deps, auditCaller(deps, c), { name, publickey, permissions });
      const value = {
        id: created.id,
        name,
        // MIG's clients expect a text, also for an investigator without a key.
        pgpfingerprint: created.fingerprint ?? '',
        publickey: publickey ? btoa(publickey) : undefined,
      } satisfies Sent<typeof InvestigatorView>;
      const href = recordHref(deps, 'investigator', created.id);
      return respond(c, [item(href, `Investigator ID ${created.id}`, value)], 201);
    },
  );

  app.post(
    '/investigator/update/',
    auditAs('investigator_changed'),
    requirePermission(deps, 'investigator_update'),
    async (c) => {
      const form = readForm(c, MAX_BODY_BYTES);
      const id = parseId('Investigator', 'id', form.get('id'));
      const change = parseChange(form);
      c.set('audit', { kind: 'investigator_changed', objectId: id });
      const updated = await updateInvestigator(deps, {
        id,
        change,
        caller: auditCaller(deps, c),
        callerPermissions: investigatorOf(c).permissions,
      });
      const permissions = form.get('permissions');
      // As in MIG, all fields are there, and those that were not sent are empty.
      const value = {
        id,
        name: '',
        pgpfingerprint: '',
        publickey: updated.publickey === undefined ? undefined : btoa(updated.publickey),
        status: change.status ?? '',
        createdat: TIME_ZERO,
        lastmodified: TIME_ZERO,
        apikey: updated.apikey,
        permissions: permissions === undefined ? permissionsFromMask(0) : JSON.parse(permissions),
      } satisfies Sent<typeof InvestigatorView>;
      const answer = [item(recordHref(deps, 'investigator', id), `Investigator ID ${id}`, value)];
      return updated.apikey === undefined ? respond(c, answer) : respondWithSecret(c, answer);
    },
  );
  return app;
}

function parseName(name: string | undefined): string {
  if (name !== undefined && name !== '' && name.length <= MAX_NAME) return name;
  throw new MigError('parameter_invalid', `name: must have 1 to ${MAX_NAME} characters`);
}

function parseChange(form: ReadonlyMap<string, string>): InvestigatorChange {
  const status = form.get('status');
  const permissions = form.get('permissions');
  const publickey = form.get('publickey');
  const apikey = form.get('apikey');
  if ([status, permissions, publickey, apikey].every((field) => field === undefined)) {
    throw new MigError(
      'parameter_invalid',
      'nothing to update: give status, permissions, publickey or apikey',
    );
  }
  return {
    status: status === undefined ? undefined : parseStatus(status),
    permissions: permissions === undefined ? undefined : parsePermissions(permissions),
    publickey,
    apikey: apikey === undefined ? undefined : parseApiKeyStatus(apikey),
  };
}

function parseApiKeyStatus(text: string): 'active' | 'disabled' {
  if (text === 'active' || text === 'disabled') return text;
  throw new MigError('parameter_invalid', 'apikey: Invalid value for apikey parameter: active or disabled');
}

function parseStatus(text: string): string {
  if (INVESTIGATOR_STATUSES.some((status) => status === text)) return text;
  throw new MigError('parameter_invalid', `status: Invalid investigator status '${text.slice(0, 64)}'`);
}

function parsePermissions(text: string | undefined): number {
  if (text === undefined) throw new MigError('parameter_invalid', 'permissions: missing');
  const parsed = Permissions.safeParse(parseStrictJson(text));
  if (!parsed.success) {
    throw new MigError('parameter_invalid', 'permissions: must be an object of true and false');
  }
  return maskFromPermissions(parsed.data as Record<Permission, boolean>);
}
