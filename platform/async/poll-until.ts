import { setTimeout as sleep } from 'node:timers/promises';

/** Polls until the condition returns a value; undefined when it does not within `timeoutMs`. */
export async function pollUntil<T>(
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs, everyMs }: { timeoutMs: number; everyMs: number },
): Promise<T | undefined> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    await sleep(everyMs);
  }
  return undefined;
}
