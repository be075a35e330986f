import type { ActionView } from '../../../contract/api-responses.ts';
import { errorCode, errorMessage } from '../../../contract/errors.ts';
import { unixMillis } from '../../../contract/go/time.ts';
import { createBackoff, isTransient, type Sleep } from '../events/backoff.ts';
import type { RunnerLog } from '../events/runner-log.ts';
import type { Intent } from './intents.ts';

export interface Settling {
  /** Posts the action of an intent. */
  post: (intent: Intent) => Promise<ActionView>;
  /** Finds the action of an intent that was posted before; undefined when the API has none. */
  find: (intent: Intent) => Promise<ActionView | undefined>;
  log: RunnerLog;
  now: () => number;
  sleep: Sleep;
  signal: AbortSignal;
}

/** `launched` has the action; `refused` means that the API has no such action; `stopped` that the intent is still open. */
export type Settled =
  | { type: 'launched'; posted: ActionView }
  | { type: 'refused'; reason: string }
  | { type: 'stopped' };

/**
 * Posts an intent until it is known whether the API has its action. A second post may answer for a first one whose answer
 * was lost, so a refusal of it counts only when the API has no such action.
 */
export async function settleIntent(
  { post, find, log, now, sleep, signal }: Settling,
  intent: Intent,
  { isRepeated }: { isRepeated: boolean },
): Promise<Settled> {
  const backoff = createBackoff();
  let mayBePosted = isRepeated;
  let refusal: string | undefined;
  while (!signal.aborted) {
    try {
      if (now() > unixMillis(intent.expireafter)) refusal ??= 'it expired before the API could be reached';
      if (refusal === undefined) return { type: 'launched', posted: await post(intent) };
      const posted = mayBePosted ? await find(intent) : undefined;
      return posted ? { type: 'launched', posted } : { type: 'refused', reason: refusal };
    } catch (error) {
      if (signal.aborted) break;
      const reason = errorMessage(error);
      const isRefusal = refusal === undefined && !isTransient(error);
      // The clocks of two hosts differ: the answer of an earlier post may still be there.
      if (isRefusal && !mayBePosted && errorCode(error) !== 'action_expired')
        return { type: 'refused', reason };
      mayBePosted = true;
      if (isRefusal) {
        refusal = reason;
        continue;
      }
      const waitMs = backoff.next();
      log({
        event: 'launch-retried',
        level: 'warn',
        job: intent.job,
        message: `launch not confirmed: ${reason}: again in ${waitMs / 1000} s`,
        facts: { key: intent.key },
      });
      await sleep(waitMs, signal);
    }
  }
  return { type: 'stopped' };
}
