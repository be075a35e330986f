import { createRunClock, type RunClock } from '../../platform/async/run-clock.ts';
import { type Path, toDisplayPath } from '../../platform/machine/directory/system-path.ts';

/** The time at which a run must end, so that its matches are still returned. */
export interface Deadline extends Pick<RunClock, 'pause'> {
  /** Throws DeadlineError after the deadline; its message names the path that the run had reached. */
  check(at: Path): void;
}

export class DeadlineError extends Error {
  readonly at: Path;
  /** The message without the path. */
  readonly withoutNames: string;
  /** Ends the searches as they asked (`maxtime`), not the run. */
  readonly isOwnLimit: boolean;

  constructor(at: Path, { text, isOwnLimit }: { text: string; isOwnLimit: boolean }) {
    super(`${text}, at ${toDisplayPath(at)}: nothing after it was searched`);
    this.at = at;
    this.withoutNames = `${text}: the rest was not searched`;
    this.isOwnLimit = isOwnLimit;
  }
}

/**
 * `endsAtMs` is on the clock of `performance.now()`. With `isOwnLimit` all searches have less time than the run.
 */
export function createDeadline(endsAtMs: number, { isOwnLimit }: { isOwnLimit: boolean }): Deadline {
  const clock = createRunClock(endsAtMs);
  return {
    check(at) {
      if (clock.isOver()) throw new DeadlineError(at, { text: clock.ended(), isOwnLimit });
    },
    pause: clock.pause,
  };
}
