import type { Path } from '../../../platform/machine/directory/system-path.ts';
import type { Deadline } from '../deadline.ts';

const FILES_PER_YIELD_CHECK = 16;
const ENTRIES_PER_DEADLINE_CHECK = 64;

/** The walk is synchronous for speed. The pacer keeps the deadline and lets timers run, and looks at the clock seldom. */
export interface Pacer {
  /** Called after each entry that is not a directory. Throws DeadlineError. */
  afterEntry(path: Path): void;
  /** Called after each file. The promise, if any, resolves once timers have run. */
  afterFile(): Promise<void> | undefined;
}

export function createPacer(deadline: Deadline): Pacer {
  let entries = 0;
  let files = 0;
  return {
    afterEntry(path) {
      if (++entries % ENTRIES_PER_DEADLINE_CHECK === 0) deadline.check(path);
    },
    afterFile() {
      return ++files % FILES_PER_YIELD_CHECK === 0 ? deadline.pause() : undefined;
    },
  };
}
