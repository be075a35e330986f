import { setTimeout as sleep } from 'node:timers/promises';

/** Waits at most `ms` for the promise to settle, and ignores the outcome. For farewells that may go unanswered. */
export async function settleWithin(ms: number, promise: Promise<unknown>): Promise<void> {
  await Promise.race([promise.catch(() => {}), sleep(ms, undefined, { ref: false })]);
}
