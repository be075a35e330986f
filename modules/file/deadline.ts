import { type Path, toDisplayPath } from './filesystem/paths.ts';

/** The time at which a run must end, so that its matches are still returned. */
export interface Deadline {
  /** Throws DeadlineError after the deadline; its message names the path that the run had reached. */
  check(at: Path): void;
}

export class DeadlineError extends Error {
  readonly at: Path;
  /** The message without the path. */
  readonly withoutNames: string;
  /** Ends the searches as they asked (`maxtime`), not the run. */
  readonly isOwnLimit: boolean;

  constructor(at: Path, { seconds, isOwnLimit }: { seconds: number; isOwnLimit: boolean }) {
    const text = `the search was ended after ${seconds.toFixed(1)} s, before its time was over`;
    super(`${text}, at ${toDisplayPath(at)}: nothing after it was searched`);
    this.at = at;
    this.withoutNames = `${text}: the rest was not searched`;
    this.isOwnLimit = isOwnLimit;
  }
}

interface DeadlineOptions {
  /** All searches have less time than the run. */
  isOwnLimit?: boolean;
  now?: () => number;
}

/** `endsAtMs` is on the same clock as `now`, which by default starts with the process. */
export function createDeadline(
  endsAtMs: number,
  { isOwnLimit = false, now = () => performance.now() }: DeadlineOptions = {},
): Deadline {
  const startedMs = now();
  return {
    check(at) {
      const nowMs = now();
      if (nowMs >= endsAtMs) throw new DeadlineError(at, { seconds: (nowMs - startedMs) / 1000, isOwnLimit });
    },
  };
}
