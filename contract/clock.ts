import { z } from 'zod';
import { MigError } from './errors.ts';
import { describeIssues, goObject, timestamp } from './fields.ts';
import { parseStrictJson } from './go/strict-json.ts';
import { type Timestamp, unixMillis } from './go/time.ts';
import { MAX_CLOCK_BYTES } from './limits.ts';

/** A clock that differs from the platform's by so much is told: `mig` lets an action begin a minute back at least, and last for five. */
export const CLOCK_OFF_MS = 5 * 60_000;
/** Every clock message begins so, and no command does. */
const HEAD = Buffer.from('{"clock":');

const ClockMessage = z.strictObject({ clock: goObject({ sent: timestamp, received: timestamp }) });

/**
 * The message that tells a process when its heartbeat came by the platform's clock: `sent` is the time that the heartbeat
 * gave. It is unsigned, for all that an agent does with it is to tell of its clock.
 */
export function clockJson({ sent, received }: { sent: Timestamp; received: Timestamp }): string {
  return JSON.stringify({ clock: { sent, received } });
}

/** Whether a message off an agent's queue is meant as word of its clock. */
export function isClock(body: Buffer): boolean {
  return body.subarray(0, HEAD.length).equals(HEAD);
}

/** Reads both times in Unix milliseconds; throws MigError. */
export function parseClock(body: Buffer): { sentMs: number; receivedMs: number } {
  if (body.length > MAX_CLOCK_BYTES) {
    throw new MigError('clock_malformed', `clock of ${body.length} bytes is over ${MAX_CLOCK_BYTES}`);
  }
  const parsed = ClockMessage.safeParse(parseStrictJson(body.toString()));
  if (!parsed.success) {
    throw new MigError('clock_malformed', `clock ${describeIssues(parsed.error)}`, { cause: parsed.error });
  }
  const { sent, received } = parsed.data.clock;
  return { sentMs: unixMillis(sent), receivedMs: unixMillis(received) };
}
