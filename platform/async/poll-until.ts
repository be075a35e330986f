import { setTimeout as sleep } from 'node:timers/promises';

interface PollOptions {
  timeoutMs: number;
  everyMs: number;
  /** Polls at least this often, however late: on a starved machine a whole timeout may pass between two polls. */
  minAttempts?: number;
}

/** Polls until the condition returns a value; undefined when it does not within `timeoutMs`. */
export async function pollUntil<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs, everyMs, minAttempts = 0 }: PollOptions,
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  let attempts = 0;
  while (attempts < minAttempts || performance.now() < deadline) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    attempts++;
    await sleep(everyMs);
  }
  return undefined;
}
