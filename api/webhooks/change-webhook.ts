import { randomBytes } from 'node:crypto';
import type { AuditKind } from '../../contract/audit.ts';
import { MigError } from '../../contract/errors.ts';
import { eventUid } from '../../contract/events/event.ts';
import { SECRET_BYTES, secretText } from '../../contract/webhooks/signature.ts';
import { MAX_REPLAYED, MAX_WEBHOOKS, SECRET_KEEP_HOURS } from '../../contract/webhooks/webhook.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { replayDelivery, replaySince } from '../../platform/postgres/queries/webhooks/deliveries.ts';
import {
  deleteWebhook,
  insertTestEvent,
  insertWebhook,
  type NewWebhook,
  replaceSecret,
  setWebhookEnabled,
  updateWebhook,
  type WebhookChange,
  type WebhookRow,
  webhookById,
} from '../../platform/postgres/queries/webhooks/webhooks.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';

/** A webhook, and its secret as it is shown once. */
interface WithSecret {
  row: WebhookRow;
  secret: string;
}

/** Throws `conflict` when the name is taken, or when there are too many webhooks. */
export function createWebhook(
  deps: ApiDeps,
  caller: AuditCaller,
  webhook: Omit<NewWebhook, 'createdby'>,
): Promise<WithSecret> {
  const secret = randomBytes(SECRET_BYTES);
  return auditedChange(deps, async (db) => {
    const id = await insertWebhook(db, { ...webhook, createdby: caller.investigatorId }, MAX_WEBHOOKS);
    if (id === 'taken') throw nameIsTaken(webhook.name);
    if (id === 'full') {
      throw new MigError('conflict', `there are ${MAX_WEBHOOKS} webhooks already: remove one`);
    }
    await replaceSecret(db, { webhookId: id, secret, keepHours: SECRET_KEEP_HOURS });
    const row = await requireWebhook(db, id);
    return {
      result: { row, secret: secretText(secret) },
      entry: entryOf(caller, {
        kind: 'webhook_created',
        row,
        detail: { host: hostOf(row.url), types: row.types },
      }),
    };
  });
}

export function changeWebhook(
  deps: ApiDeps,
  caller: AuditCaller,
  { id, change }: { id: number; change: WebhookChange },
): Promise<WebhookRow> {
  return auditedChange(deps, async (db) => {
    if ((await updateWebhook(db, id, change)) === 'taken') throw nameIsTaken(change.name);
    const row = await requireWebhook(db, id);
    const { url, types } = change;
    const detail = { ...(url !== undefined && { host: hostOf(url) }), ...(types !== undefined && { types }) };
    return { result: row, entry: entryOf(caller, { kind: 'webhook_changed', row, detail }) };
  });
}

export function setWebhookStatus(
  deps: ApiDeps,
  caller: AuditCaller,
  { id, status }: { id: number; status: 'enabled' | 'disabled' },
): Promise<WebhookRow> {
  return auditedChange(deps, async (db) => {
    await setWebhookEnabled(db, id, status === 'enabled');
    const row = await requireWebhook(db, id);
    return { result: row, entry: entryOf(caller, { kind: 'webhook_changed', row, detail: { status } }) };
  });
}

export function rotateSecret(deps: ApiDeps, caller: AuditCaller, id: number): Promise<WithSecret> {
  const secret = randomBytes(SECRET_BYTES);
  return auditedChange(deps, async (db) => {
    const row = await requireWebhook(db, id);
    await replaceSecret(db, { webhookId: id, secret, keepHours: SECRET_KEEP_HOURS });
    return {
      result: { row, secret: secretText(secret) },
      entry: entryOf(caller, { kind: 'webhook_changed', row, detail: { rotated: true } }),
    };
  });
}

export function removeWebhook(deps: ApiDeps, caller: AuditCaller, id: number): Promise<void> {
  return auditedChange(deps, async (db) => {
    const row = await requireWebhook(db, id);
    await deleteWebhook(db, id);
    return { result: undefined, entry: entryOf(caller, { kind: 'webhook_removed', row, detail: {} }) };
  });
}

export function replayOne(deps: ApiDeps, caller: AuditCaller, deliveryId: number): Promise<void> {
  return auditedChange(deps, async (db) => {
    const webhookId = await replayDelivery(db, deliveryId);
    if (webhookId === undefined) throw new MigError('not_found', `Delivery ID '${deliveryId}' not found`);
    const row = await requireWebhook(db, webhookId);
    return {
      result: undefined,
      entry: entryOf(caller, { kind: 'webhook_replayed', row, detail: { deliveryId } }),
    };
  });
}

/** Returns how many deliveries are due now. */
export function replayAllSince(
  deps: ApiDeps,
  caller: AuditCaller,
  { id, since }: { id: number; since: string },
): Promise<number> {
  return auditedChange(deps, async (db) => {
    const row = await requireWebhook(db, id);
    const count = await replaySince(db, { webhookId: id, since, max: MAX_REPLAYED });
    return {
      result: count,
      entry: entryOf(caller, { kind: 'webhook_replayed', row, detail: { since, count } }),
    };
  });
}

/** Returns the id of the event. */
export function testWebhook(deps: ApiDeps, caller: AuditCaller, id: number): Promise<string> {
  return auditedChange(deps, async (db) => {
    const row = await requireWebhook(db, id);
    if (!row.enabled) throw new MigError('conflict', `the webhook ${row.name} is disabled: enable it first`);
    const event = eventUid({ id: await insertTestEvent(db, row) });
    return { result: event, entry: entryOf(caller, { kind: 'webhook_tested', row, detail: { event } }) };
  });
}

export async function requireWebhook(db: Queryable, id: number): Promise<WebhookRow> {
  const row = await webhookById(db, id);
  if (row) return row;
  throw new MigError('not_found', `Webhook ID '${id}' not found`);
}

function nameIsTaken(name: string | undefined): MigError {
  return new MigError('conflict', `webhook: one with the name ${name} exists already`);
}

/** Paths of webhooks often hold a secret of the receiver; the trail has only the host. */
function hostOf(url: string): string {
  return new URL(url).host;
}

function entryOf(
  caller: AuditCaller,
  { kind, row, detail }: { kind: AuditKind; row: WebhookRow; detail: Record<string, unknown> },
) {
  const { id, name } = row;
  return { ...caller, kind, outcome: 'done' as const, objectId: id, detail: { name, ...detail } };
}
