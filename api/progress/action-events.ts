import type { Logger } from '../../platform/log.ts';
import { startListening } from '../../platform/postgres/listen.ts';

/** Who follows which action in this process, woken by Postgres' notifications: nobody polls. */
export interface ActionEvents extends AsyncDisposable {
  subscribe(actionId: number, onChange: () => void): () => void;
}

export function startActionEvents({ url, log }: { url: string; log: Logger }): ActionEvents {
  const listeners = new Map<number, Set<() => void>>();
  const wake = (actionIds: Iterable<number>) => {
    for (const actionId of actionIds) for (const onChange of listeners.get(actionId) ?? []) onChange();
  };
  const listening = startListening({
    url,
    name: 'mig api events',
    channel: 'mig_action',
    log,
    onNotification: (payload) => wake([Number(payload)]),
    onConnected: () => wake(listeners.keys()),
  });
  return {
    subscribe(actionId, onChange) {
      const set = listeners.get(actionId) ?? new Set();
      listeners.set(actionId, set.add(onChange));
      return () => {
        set.delete(onChange);
        if (set.size === 0) listeners.delete(actionId);
      };
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
