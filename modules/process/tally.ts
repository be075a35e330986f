import type { Unread } from './facts.ts';

/** The counters of a run. */
export interface Tally {
  processCount: number;
  /** Sentences about limits that cut the result. */
  limits: string[];
  /** Counts a fact that could not be read. */
  addUnread(what: Unread, { pid, code }: { pid: number; code: string }): void;
  /** A sentence for each kind of fact and reason. */
  denials(): string[];
}

export function createTally(): Tally {
  const unread = new Map<string, Set<number>>();
  const tally: Tally = {
    processCount: 0,
    limits: [],
    addUnread(what, { pid, code }) {
      const reason = ['EACCES', 'EPERM'].includes(code) ? 'permission denied' : `not read (${code})`;
      const text = `${reason}: ${what}`;
      unread.set(text, (unread.get(text) ?? new Set()).add(pid));
    },
    denials: () =>
      [...unread].map(
        ([text, pids]) =>
          `${text} of ${pids.size} of ${tally.processCount} processes, for example process ${Math.min(...[...pids].slice(0, 1000))}`,
      ),
  };
  return tally;
}
