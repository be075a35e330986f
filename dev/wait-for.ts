import { pollUntil } from '../platform/async/poll-until.ts';

export interface WaitOptions {
  timeoutMs?: number;
  everyMs?: number;
  isAlive?: () => boolean;
}

/** Polls until the condition holds. Throws an error that names `what` on a timeout, or as soon as `isAlive` is false. */
export async function waitFor<T>(
  what: string,
  condition: () => Promise<T | undefined | false> | T | undefined | false,
  { timeoutMs = 60_000, everyMs = 50, isAlive = () => true }: WaitOptions = {},
): Promise<T> {
  const aliveCondition = async () => {
    const value = await condition();
    const holds = value !== undefined && value !== false;
    if (!holds && !isAlive()) throw new Error(`${what}: the process ended`);
    return value;
  };
  const value = await pollUntil(aliveCondition, { timeoutMs, everyMs });
  if (value === undefined) throw new Error(`${what}: not within ${timeoutMs / 1000} s`);
  return value;
}
