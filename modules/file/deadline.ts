import { type Path, toDisplayPath } from './filesystem/paths.ts';

/** The time at which a run must end, so that its matches are still returned. */
export interface Deadline {
  /** Throws DeadlineError after the deadline; its message names the path that the run had reached. */
  check(at: Path): void;
}

export class DeadlineError extends Error {
  constructor(at: Path, seconds: number) {
    super(
      `the search was ended after ${seconds.toFixed(1)} s, before its time was over, at ${toDisplayPath(at)}: nothing after it was searched`,
    );
  }
}

/** `endsAtMs` is on the same clock as `now`, which by default starts with the process. */
export function createDeadline(endsAtMs: number, now: () => number = () => performance.now()): Deadline {
  const startedMs = now();
  return {
    check(at) {
      const nowMs = now();
      if (nowMs >= endsAtMs) throw new DeadlineError(at, (nowMs - startedMs) / 1000);
    },
  };
}
