import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until the promise is settled, for `ms` at most, and ignores how. For goodbyes that nobody may answer. */
export async function settleWithin(ms: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise.catch(() => {}), sleep(ms, undefined, { ref: false })]);
}
