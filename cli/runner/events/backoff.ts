import { setTimeout as sleep } from 'node:timers/promises';
import { type ErrorCode, errorCode } from '../../../contract/errors.ts';

const FIRST_MS = 1_000;
const LAST_MS = 5 * 60_000;

/** Waits that double, from a second to five minutes. */
export interface Backoff {
  /** The next wait in milliseconds. */
  next(): number;
}

export function createBackoff(): Backoff {
  let ms = FIRST_MS / 2;
  return {
    next() {
      ms = Math.min(ms * 2, LAST_MS);
      return ms;
    },
  };
}

/** Waits; false when the signal ended the wait. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<boolean>;

/** Node cannot wait longer than this in one piece. */
const MAX_TIMER_MS = 60 * 60_000;

export const sleepUnlessAborted: Sleep = async (ms, signal) => {
  try {
    for (let left = ms; left > 0; left -= MAX_TIMER_MS) {
      await sleep(Math.min(left, MAX_TIMER_MS), undefined, { signal });
    }
  } catch {
    return false;
  }
  return !signal.aborted;
};

/** Codes of errors after which the same request may succeed. */
const TRANSIENT: readonly ErrorCode[] = [
  'internal',
  'interrupted',
  'overloaded',
  'rate_limited',
  'request_timeout',
  'unavailable',
];

export function isTransient(error: unknown): boolean {
  return TRANSIENT.includes(errorCode(error));
}
