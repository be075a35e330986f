import { type Path, shownPath } from './filesystem/paths.ts';

/** Says when a run must end. What it was looking at then is part of the answer. */
export interface Clock {
  /** Throws TimeIsUp when the time is over. */
  check(at: Path): void;
}

export class TimeIsUp extends Error {
  constructor(at: Path, seconds: number) {
    super(
      `the search was ended after ${seconds.toFixed(1)} s, before its time was over, at ${shownPath(at)}: nothing after it was searched`,
    );
  }
}

/** `endsAtMs` is of `performance.now()`, as is the default clock, which begins with the process. */
export function createClock(endsAtMs: number, now: () => number = () => performance.now()): Clock {
  const began = now();
  return {
    check(at) {
      const time = now();
      if (time >= endsAtMs) throw new TimeIsUp(at, (time - began) / 1000);
    },
  };
}
