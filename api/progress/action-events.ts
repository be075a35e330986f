import type { Logger } from '../../platform/log.ts';
import { startListening } from '../../platform/postgres/listen.ts';

/** Changes of actions, from notifications of Postgres instead of polling. */
export interface ActionEvents extends AsyncDisposable {
  /** Returns the function that unsubscribes. */
  subscribe(actionId: number, onChange: () => void): () => void;
}

export function startActionEvents({ url, log }: { url: string; log: Logger }): ActionEvents {
  const listeners = new Map<number, Set<() => void>>();
  const notify = (actionId: number) => {
    for (const onChange of listeners.get(actionId) ?? []) onChange();
  };
  const notifyAll = () => {
    for (const actionId of listeners.keys()) notify(actionId);
  };
  const listening = startListening({
    url,
    name: 'mig api events',
    channel: 'mig_action',
    log,
    onNotification: (payload) => notify(Number(payload)),
    onConnected: notifyAll, // notifications were lost while the connection was down
  });
  return {
    subscribe(actionId, onChange) {
      const ofAction = listeners.get(actionId) ?? new Set();
      listeners.set(actionId, ofAction.add(onChange));
      return () => {
        ofAction.delete(onChange);
        if (ofAction.size === 0) listeners.delete(actionId);
      };
    },
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}
