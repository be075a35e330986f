import { errorMessage } from '../../contract/errors.ts';
import { isFinalAction, migCounters } from '../../contract/rules/accounting.ts';
import type { Logger } from '../../platform/log.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { actionById } from '../../platform/postgres/queries/actions.ts';
import { progressOf } from '../../platform/postgres/queries/counters.ts';
import type { ActionEvents } from './action-events.ts';

/** What everybody who follows an action is shown. */
export interface ProgressSnapshot {
  /** The JSON text of the event. */
  text: string;
  isFinal: boolean;
}

/** Called at once when a snapshot is there, then at each change; with undefined when none can be had. */
type ProgressListener = (snapshot: ProgressSnapshot | undefined) => void;

/** One snapshot per action for all who follow it: a hundred of them cost the database as much as one. */
export interface ProgressFeed {
  follow(actionId: number, listener: ProgressListener): () => void;
}

interface Followed {
  listeners: Set<ProgressListener>;
  latest: ProgressSnapshot | undefined;
  isLoading: boolean;
  /** Something changed since the present load began. */
  isStale: boolean;
  unsubscribe: () => void;
}

export function createProgressFeed(deps: {
  events: ActionEvents;
  log: Logger;
  load: (actionId: number) => Promise<ProgressSnapshot>;
}): ProgressFeed {
  const followed = new Map<number, Followed>();

  const refresh = async (actionId: number, one: Followed): Promise<void> => {
    one.isStale = true;
    if (one.isLoading) return;
    one.isLoading = true;
    while (one.isStale && one.listeners.size > 0) {
      one.isStale = false;
      one.latest = await deps.load(actionId).catch((error: unknown) => {
        deps.log.warn({ actionId, error: errorMessage(error) }, 'progress not read');
        return undefined;
      });
      for (const listener of one.listeners) listener(one.latest);
    }
    one.isLoading = false;
  };
  const begin = (actionId: number): Followed => {
    const one: Followed = {
      listeners: new Set(),
      latest: undefined,
      isLoading: false,
      isStale: false,
      unsubscribe: () => {},
    };
    one.unsubscribe = deps.events.subscribe(actionId, () => void refresh(actionId, one));
    followed.set(actionId, one);
    return one;
  };

  return {
    follow(actionId, listener) {
      const one = followed.get(actionId) ?? begin(actionId);
      one.listeners.add(listener);
      if (one.latest && !one.isStale) listener(one.latest);
      else void refresh(actionId, one);
      return () => {
        one.listeners.delete(listener);
        if (one.listeners.size > 0) return;
        one.unsubscribe();
        if (followed.get(actionId) === one) followed.delete(actionId);
      };
    },
  };
}

export async function loadProgress(pool: Pool, id: number): Promise<ProgressSnapshot> {
  const row = await actionById(pool, id);
  const { counters, matches, errors } = await progressOf(pool, id);
  const data = {
    id,
    status: row?.status,
    reason: row?.reason,
    paused: row?.paused,
    counters: migCounters(counters),
    matches,
    errors,
  };
  return { text: JSON.stringify(data), isFinal: row === undefined || isFinalAction(row.status) };
}
