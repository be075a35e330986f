import { runVerb } from './run-verb.ts';
import { createWebhookCommand } from './webhooks/create.ts';
import { listDeliveriesCommand } from './webhooks/deliveries.ts';
import { listWebhooksCommand } from './webhooks/list.ts';
import { removeWebhookCommand } from './webhooks/remove.ts';
import { replayCommand } from './webhooks/replay.ts';
import { rotateSecretCommand } from './webhooks/rotate.ts';
import { showWebhookCommand } from './webhooks/show.ts';
import { webhookStatusCommand } from './webhooks/status.ts';
import { testWebhookCommand } from './webhooks/test.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['list', listWebhooksCommand],
  ['create', createWebhookCommand],
  ['show', showWebhookCommand],
  ['enable', (args) => webhookStatusCommand('enable', args)],
  ['disable', (args) => webhookStatusCommand('disable', args)],
  ['rotate', rotateSecretCommand],
  ['remove', removeWebhookCommand],
  ['deliveries', listDeliveriesCommand],
  ['replay', replayCommand],
  ['test', testWebhookCommand],
]);

/** `mig webhooks <verb> …`. */
export function webhooksCommand(args: readonly string[]): Promise<number> {
  return runVerb('webhooks', COMMANDS, args);
}
