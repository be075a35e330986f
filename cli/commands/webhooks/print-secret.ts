import type { WebhookView } from '../../../contract/webhooks/webhook.ts';
import type { CliSession } from '../../session.ts';

/** Prints the secret of a webhook, alone on stdout, and once. */
export function printSecret(
  { output, options }: Pick<CliSession, 'output' | 'options'>,
  webhook: WebhookView,
): void {
  const { id, name, secret } = webhook;
  if (options.json) output.json(JSON.stringify(webhook));
  else output.answer(secret);
  output.note(
    `this is the secret of webhook ${id} (${name}), which nobody can read again: give it to the receiver now`,
  );
}
