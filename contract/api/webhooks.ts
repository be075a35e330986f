import { z } from 'zod';
import { EVENT_TYPES } from '../events/event.ts';
import { RecordName } from '../loader.ts';
import {
  DELIVERY_STATES,
  DeliveryView,
  MAX_URL,
  WebhookView,
  webhookUrlProblem,
} from '../webhooks/webhook.ts';
import { limit, recordId, time } from './parameters.ts';
import { any, defineRoute, one } from './route.ts';

const MAX_LISTED = 1_000;

const webhookid = recordId('Webhook').describe('the id of the webhook');
const name = RecordName.max(64, 'must have at most 64 characters').describe('how people call it');
const url = z
  .string()
  .max(MAX_URL, 'is too long')
  .transform((text, context) => {
    const problem = webhookUrlProblem(text);
    if (problem === undefined) return text;
    context.addIssue({ code: 'custom', message: problem });
    return z.NEVER;
  })
  .describe('where events are posted: https://, or http:// on the machine of the worker')
  .meta({ type: 'string', format: 'uri' });
const types = z
  .string()
  .max(1_024, 'is too long')
  .transform((text, context) => {
    const given = text === '' ? [] : [...new Set(text.split(','))];
    const wrong = given.find((type) => !EVENT_TYPES.some((known) => known === type));
    if (wrong === undefined) return given;
    context.addIssue({
      code: 'custom',
      message: `'${wrong.slice(0, 64)}' is none of ${EVENT_TYPES.join(', ')}`,
    });
    return z.NEVER;
  })
  .describe(`types of events between commas, empty for all: ${EVENT_TYPES.join(', ')}`)
  .meta({ type: 'string' });

const webhook = { kind: 'items', status: 200, items: { webhook: one('webhook', WebhookView) } } as const;
const read = { method: 'GET', access: 'investigator_update' } as const;
const change = { method: 'POST', access: 'investigator_update', audit: 'webhook_changed' } as const;

export const listWebhooks = defineRoute({
  ...read,
  path: '/webhook/list',
  summary: 'All webhooks by name, without their secrets.',
  parameters: z.object({}),
  answer: { kind: 'items', status: 200, items: { webhooks: any('webhook', WebhookView) } },
});

export const getWebhook = defineRoute({
  ...read,
  path: '/webhook',
  summary: 'A webhook, without its secret.',
  parameters: z.object({ webhookid }),
  answer: webhook,
  errors: ['not_found'],
});

export const createWebhook = defineRoute({
  ...change,
  path: '/webhook/create/',
  summary: 'Creates a webhook. Only this answer has its secret.',
  audit: 'webhook_created',
  parameters: z.object({ name, url, types: types.default([]) }),
  answer: { ...webhook, status: 201 },
  errors: ['conflict'],
});

export const updateWebhook = defineRoute({
  ...change,
  path: '/webhook/update/',
  summary: 'Changes the name, the address or the types of a webhook. What it does not name stays.',
  parameters: z.object({
    webhookid,
    name: name.optional(),
    url: url.optional(),
    types: types.optional(),
  }),
  answer: webhook,
  errors: ['not_found', 'conflict'],
});

export const setWebhookStatus = defineRoute({
  ...change,
  path: '/webhook/status/',
  summary: 'Enables or disables a webhook. What happens while it is disabled is not posted to it.',
  parameters: z.object({ webhookid, status: z.enum(['enabled', 'disabled']) }),
  answer: webhook,
  errors: ['not_found'],
});

export const rotateWebhookSecret = defineRoute({
  ...change,
  path: '/webhook/rotate/',
  summary: 'Makes a new secret for a webhook; for a day the old one signs as well. Only this answer has it.',
  parameters: z.object({ webhookid }),
  answer: webhook,
  errors: ['not_found'],
});

export const removeWebhook = defineRoute({
  ...change,
  path: '/webhook/remove/',
  summary: 'Removes a webhook with its secret and deliveries.',
  audit: 'webhook_removed',
  parameters: z.object({ webhookid }),
  answer: { kind: 'items', status: 200, items: {} },
  errors: ['not_found'],
});

export const listDeliveries = defineRoute({
  ...read,
  path: '/webhook/deliveries',
  summary: 'The deliveries of a webhook, newest first.',
  parameters: z.object({
    webhookid,
    state: z.enum(DELIVERY_STATES).optional().describe('only those in this state'),
    cursor: recordId('Delivery').optional().describe('only deliveries with a lower id'),
    limit: limit(100).transform((given) => Math.min(given, MAX_LISTED)),
  }),
  answer: { kind: 'items', status: 200, items: { deliveries: any('delivery', DeliveryView) } },
  errors: ['not_found'],
});

const Replayed = z.object({ count: z.int().describe('deliveries that are due now') });

export const replayDelivery = defineRoute({
  ...change,
  path: '/webhook/replay/',
  summary: 'Makes one delivery due again, whatever became of it, with all its tries.',
  audit: 'webhook_replayed',
  parameters: z.object({ deliveryid: recordId('Delivery').describe('the id of the delivery') }),
  answer: { kind: 'items', status: 202, items: { replayed: one('replayed', Replayed) } },
  errors: ['not_found'],
});

export const replayDeliveriesSince = defineRoute({
  ...change,
  path: '/webhook/replay/since/',
  summary:
    'Makes due what a webhook has not got since a time: deliveries given up, and events while it was disabled. At most 10,000, the oldest first: repeat it for the others.',
  audit: 'webhook_replayed',
  parameters: z.object({ webhookid, since: time.describe('of the first event') }),
  answer: { kind: 'items', status: 202, items: { replayed: one('replayed', Replayed) } },
  errors: ['not_found'],
});

export const testWebhook = defineRoute({
  ...change,
  path: '/webhook/test/',
  summary: 'Posts an event webhook.test to a webhook. Its deliveries show what became of it.',
  audit: 'webhook_tested',
  parameters: z.object({ webhookid }),
  answer: {
    kind: 'items',
    status: 202,
    items: { test: one('test', z.object({ event: z.string().describe('the webhook-id') })) },
  },
  errors: ['not_found', 'conflict'],
});
