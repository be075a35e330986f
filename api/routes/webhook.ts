import * as routes from '../../contract/api/webhooks.ts';
import { listDeliveries } from '../../platform/postgres/queries/webhooks/deliveries.ts';
import { listWebhooks, type WebhookRow } from '../../platform/postgres/queries/webhooks/webhooks.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond, respondWithSecret } from '../http/respond.ts';
import { toDelivery, toWebhook } from '../records/to-webhook.ts';
import { type Served, serve } from '../router/serve.ts';
import {
  changeWebhook,
  createWebhook,
  removeWebhook,
  replayAllSince,
  replayOne,
  requireWebhook,
  rotateSecret,
  setWebhookStatus,
  testWebhook,
} from '../webhooks/change-webhook.ts';

/** Webhooks and their deliveries, for administrators. The worker posts. */
export function webhookRoutes(deps: ApiDeps): Served[] {
  const { pool } = deps;
  const webhookItem = (row: WebhookRow, secret?: string) =>
    item(recordHref(deps, 'webhook', row.id), 'webhook', toWebhook(row, secret));

  return [
    serve(deps, routes.listWebhooks, async (_given, c) =>
      respond(
        c,
        (await listWebhooks(pool)).map((row) => webhookItem(row)),
      ),
    ),

    serve(deps, routes.getWebhook, async ({ webhookid: id }, c) =>
      respond(c, [webhookItem(await requireWebhook(pool, id))]),
    ),

    serve(deps, routes.createWebhook, async (webhook, c) => {
      const { row, secret } = await createWebhook(deps, auditCaller(deps, c), webhook);
      return respondWithSecret(c, [webhookItem(row, secret)], 201);
    }),

    serve(deps, routes.updateWebhook, async ({ webhookid: id, ...change }, c) => {
      c.set('audit', { kind: 'webhook_changed', objectId: id });
      return respond(c, [webhookItem(await changeWebhook(deps, auditCaller(deps, c), { id, change }))]);
    }),

    serve(deps, routes.setWebhookStatus, async ({ webhookid: id, status }, c) => {
      c.set('audit', { kind: 'webhook_changed', objectId: id });
      return respond(c, [webhookItem(await setWebhookStatus(deps, auditCaller(deps, c), { id, status }))]);
    }),

    serve(deps, routes.rotateWebhookSecret, async ({ webhookid: id }, c) => {
      c.set('audit', { kind: 'webhook_changed', objectId: id });
      const { row, secret } = await rotateSecret(deps, auditCaller(deps, c), id);
      return respondWithSecret(c, [webhookItem(row, secret)]);
    }),

    serve(deps, routes.removeWebhook, async ({ webhookid: id }, c) => {
      c.set('audit', { kind: 'webhook_removed', objectId: id });
      await removeWebhook(deps, auditCaller(deps, c), id);
      return respond(c, []);
    }),

    serve(deps, routes.listDeliveries, async ({ webhookid: webhookId, state, cursor: before, limit }, c) => {
      await requireWebhook(pool, webhookId);
      const rows = await listDeliveries(pool, { webhookId, state, before, limit });
      const href = c.get('href');
      return respond(
        c,
        rows.map((row) => item(href, 'delivery', toDelivery(row))),
      );
    }),

    serve(deps, routes.replayDelivery, async ({ deliveryid }, c) => {
      await replayOne(deps, auditCaller(deps, c), deliveryid);
      return respond(c, [item(c.get('href'), 'replayed', { count: 1 })], 202);
    }),

    serve(deps, routes.replayDeliveriesSince, async ({ webhookid: id, since }, c) => {
      c.set('audit', { kind: 'webhook_replayed', objectId: id });
      const count = await replayAllSince(deps, auditCaller(deps, c), { id, since });
      return respond(c, [item(c.get('href'), 'replayed', { count })], 202);
    }),

    serve(deps, routes.testWebhook, async ({ webhookid: id }, c) => {
      c.set('audit', { kind: 'webhook_tested', objectId: id });
      const event = await testWebhook(deps, auditCaller(deps, c), id);
      return respond(c, [item(c.get('href'), 'test', { event })], 202);
    }),
  ];
}
