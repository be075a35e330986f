import type { RunClock } from '../../platform/async/run-clock.ts';
import type { User } from '../../platform/machine/users.ts';
import { listEntries } from './linux/list-entries.ts';
import { evaluate, type Plan } from './plan.ts';
import { createFiles } from './unix/files.ts';

export interface EntrySearch {
  plans: readonly Plan[];
  clock: RunClock;
  users: readonly User[];
  /** The folder that all paths are in: `/` but for tests. */
  root?: string;
}

interface Found {
  itemCount: number;
  /** Sentences about what the system did not let us read. */
  denials: string[];
  /** Sentences about limits that cut the result. */
  limits: string[];
}

/** The most sentences about files that are too large. */
const MAX_LIMITS = 20;

/** Evaluates everything that starts by itself for all searches, until the time is over. */
export async function searchEntries({ plans, clock, users, root }: EntrySearch): Promise<Found> {
  const denied: string[] = [];
  const limits: string[] = [];
  const report = {
    onDenied: (path: string) => denied.push(path),
    onLimit: (text: string) => limits.length < MAX_LIMITS && limits.push(text),
  };
  const context = { nowMs: Date.now(), uids: new Map(users.map(({ name, uid }) => [name, uid])) };
  let itemCount = 0;
  for (const entry of listEntries(createFiles(report, root), users)) {
    if (clock.isOver()) {
      const after = `${clock.elapsedSeconds()} s, before its time was over, at ${entry.path}`;
      limits.push(`the search was ended after ${after}: nothing after it was searched`);
      break;
    }
    itemCount++;
    for (const plan of plans) evaluate(plan, entry, context);
    await clock.pause();
  }
  const [first] = denied;
  const denials =
    first === undefined ? [] : [`permission denied: ${denied.length} files or folders, as of ${first}`];
  return { itemCount, denials, limits };
}
