import { z } from 'zod';

/** The worker has disabled a webhook. */
export const WebhookDisabled = z.object({ webhookid: z.int(), name: z.string(), reason: z.string() });

/** An administrator tries a webhook. Other webhooks do not get it. */
export const WebhookTest = z.object({ webhookid: z.int(), name: z.string() });
