import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { parseStrictJson } from '../../contract/go/strict-json.ts';
import {
  maskFromPermissions,
  type Permission,
  Permissions,
  permissionNames,
} from '../../contract/permissions.ts';
import { INVESTIGATOR_STATUSES } from '../../contract/statuses.ts';
import { refuseNul } from '../../contract/text/nul.ts';
import { requireSigningKey } from '../../platform/openpgp/can-sign.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { renewPublicKey } from '../../platform/openpgp/renew.ts';
import { inTransaction, type Queryable } from '../../platform/postgres/pool.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import {
  createInvestigator,
  type InvestigatorRow,
  investigatorById,
  renewStoredKey,
  updateInvestigator,
} from '../../platform/postgres/queries/investigators.ts';
import { type AuditCaller, auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { logAudit } from '../audit/log-audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readBody, readForm, readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { toInvestigatorWithKey } from '../records/to-investigator.ts';

const MAX_BODY_BYTES = 256 * 1024;

export function investigatorRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, config } = deps;
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/investigator', requirePermission(deps, 'investigator'), async (c) => {
    const id = parseId('Investigator', 'investigatorid', readQuery(c, ['investigatorid']).investigatorid);
    const row = await investigatorById(pool, id);
    if (!row) throw new MigError('not_found', `Investigator ID '${id}' not found`);
    const history = `${config.publicUrl}${BASE_ROUTE}/search?type=action&investigatorid=${id}&limit=100`;
    return respond(c, [
      item(recordHref(deps, 'investigator', id), 'investigator', toInvestigatorWithKey(row), [
        { rel: 'investigator history', href: history },
      ]),
    ]);
  });

  app.post(
    '/investigator/create/',
    auditAs('investigator_created'),
    requirePermission(deps, 'investigator_create'),
    async (c) => {
      const form = await readMultipart(c.req.header('Content-Type') ?? '', readBody(c, MAX_BODY_BYTES));
      const name = form.get('name') ?? '';
      if (name === '' || name.length > 1024)
        throw new MigError('parameter_invalid', 'name: must have 1 to 1024 characters');
      const permissions = parsePermissions(form.get('permissions'));
      refuseToGrant(permissions, investigatorOf(c).permissions);
      const publickey = form.get('publickey') ?? null;
      const fingerprint = publickey === null ? null : await checkNewKey(publickey, deps.now());
      const id = await create(deps, auditCaller(deps, c), { name, fingerprint, publickey, permissions });
      const value = {
        id,
        name,
        pgpfingerprint: fingerprint ?? '',
        publickey: publickey ? btoa(publickey) : undefined,
      };
      return respond(c, [item(recordHref(deps, 'investigator', id), `Investigator ID ${id}`, value)], 201);
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
      const own = investigatorOf(c).permissions;
      const renewed = await update(deps, { caller: auditCaller(deps, c), own }, id, change);
      const permissions = form.get('permissions');
      const value = {
        id,
        status: change.status,
        permissions: permissions === undefined ? undefined : JSON.parse(permissions),
        publickey: renewed === undefined ? undefined : btoa(renewed),
      };
      return respond(c, [item(recordHref(deps, 'investigator', id), `Investigator ID ${id}`, value)]);
    },
  );
  return app;
}

async function create(
  { pool, log }: ApiDeps,
  caller: AuditCaller,
  row: { name: string; fingerprint: string | null; publickey: string | null; permissions: number },
): Promise<number> {
  const detail = {
    name: row.name,
    fingerprint: row.fingerprint,
    permissions: permissionNames(row.permissions),
  };
  const entry = { ...caller, kind: 'investigator_created', outcome: 'done', detail } as const;
  const id = await inTransaction(pool, async (db) => {
    const created = await createInvestigator(db, row);
    if (created === undefined)
      throw new MigError(
        'conflict',
        `publickey: an investigator with key ${row.fingerprint} exists already; POST /investigator/update/ renews a key`,
      );
    await recordAudit(db, [{ ...entry, objectId: created }]);
    return created;
  });
  logAudit(log, [{ ...entry, objectId: id }]);
  return id;
}

interface Change {
  status: string | undefined;
  permissions: number | undefined;
  publickey: string | undefined;
}

/** Returns the renewed key, where one was sent. */
async function update(
  deps: ApiDeps,
  { caller, own }: { caller: AuditCaller; own: number },
  id: number,
  change: Change,
): Promise<string | undefined> {
  const { entry, renewed } = await inTransaction(deps.pool, async (db) => {
    const old = await updateInvestigator(db, id, change);
    if (!old) throw new MigError('not_found', `Investigator ID '${id}' not found`);
    refuseToGrant(grantedBy(old, change), own);
    const renewed =
      change.publickey === undefined ? undefined : await renew({ db, id, old, sent: change.publickey }, deps);
    const detail = {
      name: old.name,
      fingerprint: old.pgpfingerprint,
      ...(change.status === undefined ? {} : { status: { from: old.status, to: change.status } }),
      ...(change.permissions === undefined
        ? {}
        : { permissions: difference(old.permissions, change.permissions) }),
      ...(renewed === undefined ? {} : { publickey: 'renewed' }),
    };
    const changed = {
      ...caller,
      kind: 'investigator_changed',
      outcome: 'done',
      objectId: id,
      detail,
    } as const;
    await recordAudit(db, [changed]);
    return { entry: changed, renewed };
  });
  logAudit(deps.log, [entry]);
  return renewed;
}

/** Of a key that a new investigator signs with; its fingerprint. */
async function checkNewKey(publickey: string, nowMs: number): Promise<string> {
  const key = await readPublicKey(publickey);
  await requireSigningKey(key, nowMs);
  return key.fingerprint;
}

async function renew(
  {
    db,
    id,
    old: { publickey: stored, pgpfingerprint: fingerprint },
    sent,
  }: {
    db: Queryable;
    id: number;
    old: Pick<InvestigatorRow, 'publickey' | 'pgpfingerprint'>;
    sent: string;
  },
  { now }: ApiDeps,
): Promise<string> {
  if (!stored || !fingerprint)
    throw new MigError('conflict', 'publickey: this investigator has no key: create one who has');
  const renewed = await renewPublicKey(stored.toString(), sent, { fingerprint, nowMs: now() });
  if (await renewStoredKey(db, id, { stored, renewed })) return renewed;
  throw new MigError('conflict', 'publickey: another change of it came first; try again');
}

/**
 * The permissions that a change adds, and those that somebody has again who was disabled, or whose key had expired:
 * whoever holds his key has them.
 */
function grantedBy(old: { status: string; permissions: number }, change: Change): number {
  const permissions = change.permissions ?? old.permissions;
  const isEnabled = change.status === 'active' && old.status !== 'active';
  const isRenewed = change.publickey !== undefined && (change.status ?? old.status) === 'active';
  return isEnabled || isRenewed ? permissions : permissions & ~old.permissions;
}

function difference(before: number, after: number) {
  return { added: permissionNames(after & ~before), removed: permissionNames(before & ~after) };
}

/**
 * Nobody grants what he lacks himself: whoever may only create investigators would register a second key of his own as
 * an administrator's. MIG's clients always send the default set, so their callers need it, too.
 */
function refuseToGrant(granted: number, own: number): void {
  const lacking = permissionNames(granted & ~own);
  if (lacking.length === 0) return;
  throw new MigError('forbidden', `permissions: you cannot grant what you lack: ${lacking.join(', ')}`);
}

function parseChange(form: ReadonlyMap<string, string>): Change {
  const status = form.get('status');
  const permissions = form.get('permissions');
  const publickey = form.get('publickey');
  if (status === undefined && permissions === undefined && publickey === undefined) {
    throw new MigError('parameter_invalid', 'nothing to update: give status, permissions or publickey');
  }
  return {
    status: status === undefined ? undefined : parseStatus(status),
    permissions: permissions === undefined ? undefined : parsePermissions(permissions),
    publickey,
  };
}

function parseStatus(text: string): string {
  if (INVESTIGATOR_STATUSES.some((status) => status === text)) return text;
  throw new MigError('parameter_invalid', `status: Invalid investigator status '${text.slice(0, 64)}'`);
}

function parsePermissions(text: string | undefined): number {
  if (text === undefined) throw new MigError('parameter_invalid', 'permissions: missing');
  const parsed = Permissions.safeParse(parseStrictJson(text));
  if (!parsed.success)
    throw new MigError('parameter_invalid', 'permissions: must be an object of true and false');
  return maskFromPermissions(parsed.data as Record<Permission, boolean>);
}

/** The text of each part; the key comes as a file. */
async function readMultipart(contentType: string, body: Buffer): Promise<Map<string, string>> {
  const form = new Map<string, string>();
  try {
    const parsed = await new Response(new Uint8Array(body), {
      headers: { 'Content-Type': contentType },
    }).formData();
    for (const [name, value] of parsed)
      form.set(name, typeof value === 'string' ? value : await value.text());
  } catch (cause) {
    throw new MigError('parameter_invalid', 'Content-Type: must be multipart/form-data', { cause });
  }
  for (const [name, text] of form) refuseNul(text, name);
  return form;
}
