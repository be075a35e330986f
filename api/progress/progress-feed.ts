import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { ActionEvents } from './action-events.ts';

/** The progress of an action at one moment. */
export interface ProgressSnapshot {
  /** The event's data as JSON text. */
  text: string;
  isFinal: boolean;
}

/** Undefined when the progress could not be loaded. */
type ProgressListener = (snapshot: ProgressSnapshot | undefined) => void;

/** Shares one snapshot per action among its listeners: a hundred listeners cost the database as much as one. */
export interface ProgressFeed {
  /** Calls the listener with the first snapshot, then at each change. Returns the function that unsubscribes. */
  subscribe(actionId: number, listener: ProgressListener): () => void;
}

interface FeedDeps {
  events: ActionEvents;
  log: Logger;
  load: (actionId: number) => Promise<ProgressSnapshot>;
}

export function createProgressFeed(deps: FeedDeps): ProgressFeed {
  const byAction = new Map<number, SharedProgress>();
  return {
    subscribe(actionId, listener) {
      const shared = byAction.get(actionId) ?? shareProgress(deps, actionId);
      byAction.set(actionId, shared);
      shared.add(listener);
      return () => {
        const isUnused = shared.remove(listener);
        if (isUnused && byAction.get(actionId) === shared) byAction.delete(actionId);
      };
    },
  };
}

/** One action with its listeners. */
interface SharedProgress {
  add(listener: ProgressListener): void;
  /** Returns whether it was the last listener. */
  remove(listener: ProgressListener): boolean;
}

function shareProgress({ events, log, load }: FeedDeps, actionId: number): SharedProgress {
  const listeners = new Set<ProgressListener>();
  let latest: ProgressSnapshot | undefined;
  let isLoading = false;
  /** True when the action changed after the current load started. */
  let isStale = false;

  const loadOrLog = () =>
    load(actionId).catch((error: unknown) => {
      log.warn({ actionId, error: errorMessage(error) }, 'progress not loaded');
      return undefined;
    });
  const refresh = async () => {
    isStale = true;
    if (isLoading) return;
    isLoading = true;
    while (isStale && listeners.size > 0) {
      isStale = false;
      latest = await loadOrLog();
      for (const listener of listeners) listener(latest);
    }
    isLoading = false;
  };
  const unsubscribe = events.subscribe(actionId, () => void refresh());

  return {
    add(listener) {
      listeners.add(listener);
      if (latest && !isStale) listener(latest);
      else void refresh();
    },
    remove(listener) {
      listeners.delete(listener);
      if (listeners.size > 0) return false;
      unsubscribe();
      return true;
    },
  };
}
