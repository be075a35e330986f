import { pollUntil } from '../../platform/async/poll-until.ts';
import type { ActiveCommands } from '../command/active-commands.ts';
import type { Work } from '../command/deps.ts';

export interface Endings {
  /** Whether a message is being handled, or a command of the journal runs. */
  isBusy(): boolean;
  /** Waits until all that has begun has ended and is confirmed, or the limit is over; then nothing more begins. */
  settle(limitMs: number): Promise<void>;
  /**
   * Begins nothing more, and waits until what has begun has ended, or the limit is over. Modules that still run are
   * killed then: their command is answered with what its other operations found, and names those that were interrupted.
   */
  endWork(limitMs: number): Promise<void>;
  /** Ends the grace period of `endWork`. */
  cutOff(): void;
}

const POLL_MS = 20;
/** For killed modules to exit, and for their answers to reach the disk and the relay. */
const CUT_OFF_MS = 2_000;

export function createEndings({
  work,
  active,
  ending,
  unconfirmed,
}: {
  work: Work;
  active: Pick<ActiveCommands, 'ids'>;
  /** Aborted when the grace period for running modules is over. */
  ending: AbortController;
  /** How many answers the relay does not have yet. */
  unconfirmed: () => number;
}): Endings {
  const isBusy = () => work.running > 0 || active.ids().length > 0;
  const isSettled = () => !isBusy() && unconfirmed() === 0;
  return {
    isBusy,
    async settle(limitMs) {
      await pollUntil(isSettled, { timeoutMs: limitMs, everyMs: POLL_MS });
      work.isEnding = true;
    },
    async endWork(limitMs) {
      work.isEnding = true;
      await pollUntil(() => !isBusy() || ending.signal.aborted, { timeoutMs: limitMs, everyMs: POLL_MS });
      ending.abort();
      await pollUntil(isSettled, { timeoutMs: CUT_OFF_MS, everyMs: POLL_MS });
    },
    cutOff() {
      ending.abort();
    },
  };
}
