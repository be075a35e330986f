import { z } from 'zod';
import { MigError } from './errors.ts';
import { goObject, timestamp } from './fields.ts';
import { parseStrictJson } from './go/strict-json.ts';
import { type Timestamp, unixMillis } from './go/time.ts';
import { MAX_CLOCK_BYTES } from './limits.ts';
import { readAs } from './read-as.ts';

/** The least reported deviation from the platform's clock. `mig` makes actions valid from a minute ago, for five. */
export const CLOCK_OFF_MS = 5 * 60_000;
/** Every clock message begins with this, and no command does. */
const HEAD = Buffer.from('{"clock":');

const ClockMessage = z.strictObject({ clock: goObject({ sent: timestamp, received: timestamp }) });

/**
 * The message about the arrival of a heartbeat by the platform's clock; `sent` is the heartbeat's own time. It is unsigned:
 * an agent only derives a notice from it.
 */
export function clockJson({ sent, received }: { sent: Timestamp; received: Timestamp }): string {
  return JSON.stringify({ clock: { sent, received } });
}

/** Whether a message from an agent's queue claims to be a clock message. */
export function isClock(body: Buffer): boolean {
  return body.subarray(0, HEAD.length).equals(HEAD);
}

/** Returns both times in Unix milliseconds; throws MigError. */
export function parseClock(body: Buffer): { sentMs: number; receivedMs: number } {
  if (body.length > MAX_CLOCK_BYTES) {
    throw new MigError('clock_malformed', `clock of ${body.length} bytes is over ${MAX_CLOCK_BYTES}`);
  }
  const parsed = readAs(ClockMessage, parseStrictJson(body.toString()));
  if (!parsed.success) {
    throw new MigError('clock_malformed', `clock ${parsed.problem}`, { cause: parsed.error });
  }
  const { sent, received } = parsed.data.clock;
  return { sentMs: unixMillis(sent), receivedMs: unixMillis(received) };
}
