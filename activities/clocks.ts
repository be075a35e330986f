import { CLOCK_OFF_MS, clockJson } from '../contract/clock.ts';
import { type Timestamp, timestampFromMillis } from '../contract/go/time.ts';
import type { Heartbeat } from '../contract/heartbeat.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../contract/names.ts';
import type { ActivityDeps } from './deps.ts';

/** A process that is to hear what time it is here. */
export interface WrongClock {
  queueloc: string;
  pid: number;
  /** Of its heartbeat, by its clock. */
  sent: Timestamp;
  received: Timestamp;
}

/** It tells of the heartbeat that it answers: later the agent cannot use it. */
const EXPIRATION_MS = 60_000;

/** Of a heartbeat that came at `nowMs`; undefined when its clock is right, or nobody there wants to hear. */
export function wrongClockOf(
  { queueloc, pid, sentAt, aheadMs, capabilities }: Heartbeat,
  nowMs: number,
): WrongClock | undefined {
  if (Math.abs(aheadMs) < CLOCK_OFF_MS || !capabilities?.includes('clock')) return undefined;
  return { queueloc, pid, sent: sentAt, received: timestampFromMillis(nowMs) };
}

/** Tells each process on the queue that it alone reads; one that is gone needs no word. */
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
