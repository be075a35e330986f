import { pollUntil } from '../../platform/async/poll-until.ts';
import type { ActiveCommands } from '../command/active-commands.ts';
import type { Work } from '../command/deps.ts';

export interface Shutdown {
  /** Whether a message is being handled, or a command of the journal runs. */
  isBusy(): boolean;
  /** Waits, up to a limit, until all commands have ended and their answers are confirmed. No command starts afterwards. */
  settle(limitMs: number): Promise<void>;
  /**
   * Starts no further command, and waits, up to a limit, until those in progress have ended. Then it kills the modules that
   * still run: the answers of their commands have the results of the other operations, and name the interrupted ones.
   */
  endWork(limitMs: number): Promise<void>;
  /** Ends the grace period of `endWork`. */
  cutOff(): void;
}

const POLL_MS = 20;
/** The time for killed modules to exit, and for their answers to reach the disk and the relay. */
const CUT_OFF_MS = 2_000;

export function createShutdown({
  work,
  active,
  ending,
  unconfirmed,
}: {
  work: Work;
  active: Pick<ActiveCommands, 'ids'>;
  /** Aborted when the grace period for running modules is over. */
  ending: AbortController;
  /** The number of answers that the relay has not confirmed. */
  unconfirmed: () => number;
}): Shutdown {
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
