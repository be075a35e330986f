import { setTimeout as sleep } from 'node:timers/promises';
import { countInProgress } from '../../platform/postgres/queries/commands/commands.ts';
import type { ActivityDeps, Shard } from '../deps.ts';

/** Commands of one shard that endpoints may be answering at the same time. `growth` is added when a whole window was sent. */
const WINDOW = { least: 50, most: 400, growth: 20 };
/** Commands that are published together: a page of few costs as many statements as one of many. */
const PAGE = { least: 25, most: 50 };
/** An endpoint that has not answered by then is slow or away: others need not wait for it. */
const ANSWERED_WITHIN_MS = 5_000;
/** With more than this waiting on the relay, the collectors store answers more slowly than they arrive. */
const MAX_WAITING_ANSWERS = 20;
const POLL_EVERY_MS = 50;
/** Then a few commands go out whatever waits: a flood of answers must not stop sweeps. */
const MAX_WAIT_MS = 5_000;

/** Waits until more commands may be published after the last that was, and resolves to their number. */
export type BackPressure = (after: number) => Promise<number>;

/**
 * The answers of a sweep are large, and those to other actions wait behind them in the same queue: so a sweep asks only as
 * fast as its answers are stored. As in TCP, the number of unanswered commands grows slowly while no answer waits, and is
 * halved when some do.
 */
export function createBackPressure(
  { pool, countWaitingAnswers }: Pick<ActivityDeps, 'pool' | 'countWaitingAnswers'>,
  shard: Shard,
  signal: AbortSignal,
): BackPressure {
  let window = WINDOW.least;
  let isCongested = false;

  const roomAfter = async (upTo: number): Promise<number> => {
    const wasCongested = isCongested;
    isCongested = (await countWaitingAnswers()) > MAX_WAITING_ANSWERS;
    if (isCongested) {
      if (!wasCongested) window = Math.max(WINDOW.least, window / 2);
      return 0;
    }
    const withinMs = ANSWERED_WITHIN_MS;
    return window - (await countInProgress(pool, { ...shard, upTo, withinMs, most: WINDOW.most }));
  };
  return async (after) => {
    const deadline = performance.now() + MAX_WAIT_MS;
    while (performance.now() < deadline) {
      const granted = Math.min(Math.floor(await roomAfter(after)), PAGE.most);
      if (granted >= PAGE.least) {
        window = Math.min(WINDOW.most, window + (WINDOW.growth * granted) / window);
        return granted;
      }
      await sleep(POLL_EVERY_MS, undefined, { signal });
    }
    return PAGE.least;
  };
}
