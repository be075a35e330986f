import { createHmac } from 'node:crypto';

/** Of Standard Webhooks 1.0.0: the text of a secret begins so. */
const SECRET_PREFIX = 'whsec_';
/** Standard Webhooks asks for 24 to 64 bytes. */
export const SECRET_BYTES = 32;

export interface SignedMessage {
  /** The same for all tries. */
  id: string;
  /** Of the try, in seconds since 1970. */
  timestamp: number;
  body: string;
}

/** The headers of Standard Webhooks 1.0.0, with a signature by each secret. */
export function webhookHeaders(
  { id, timestamp, body }: SignedMessage,
  secrets: readonly Buffer[],
): Record<string, string> {
  const signed = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', secret).update(signed).digest('base64')}`,
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/** The text of a secret, as receivers configure it. */
export function secretText(secret: Buffer): string {
  return `${SECRET_PREFIX}${secret.toString('base64')}`;
}
