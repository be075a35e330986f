import { CLOCK_OFF_MS, clockJson } from '../contract/clock.ts';
import { type Timestamp, timestampFromMillis } from '../contract/go/time.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../contract/names.ts';
import type { ActivityDeps } from './deps.ts';

/** A process whose clock differs from the platform's. */
export interface WrongClock {
  queueloc: string;
  pid: number;
  /** When it sent its heartbeat, by its own clock. */
  sent: Timestamp;
  received: Timestamp;
}

/** The message answers one heartbeat: the agent cannot use it later. */
const EXPIRATION_MS = 60_000;

/** Compares a heartbeat with its arrival; undefined when the clock is right, or the agent understands no clock message. */
export function wrongClockOf(
  { queueloc, pid, sentAt, aheadMs, capabilities }: Heartbeat,
  nowMs: number,
): WrongClock | undefined {
  if (Math.abs(aheadMs) < CLOCK_OFF_MS || !capabilities?.includes('clock')) return undefined;
  return { queueloc, pid, sent: sentAt, received: timestampFromMillis(nowMs) };
}

/** Sends each process the platform's time, on its own queue; a process that has ended needs none. */
export async function publishClocks(
  deps: Pick<ActivityDeps, 'publisher'>,
  clocks: readonly WrongClock[],
): Promise<void> {
  const publisher = await deps.publisher('bulk');
  const published = clocks.map(({ queueloc, pid, sent, received }) =>
    publisher.publish({
      exchange: EXCHANGE_TO_AGENTS,
      routingKey: processQueue(queueloc, pid),
      body: clockJson({ sent, received }),
      isTransient: true,
      expirationMs: EXPIRATION_MS,
    }),
  );
  await Promise.all(published);
}
