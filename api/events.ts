import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { errorMessage } from '../contract/errors.ts';
import type { Logger } from '../platform/log.ts';

/** Who follows which action in this process, woken by Postgres' notifications: nobody polls. */
export interface ActionEvents extends AsyncDisposable {
  subscribe(actionId: number, onChange: () => void): () => void;
}

export function startActionEvents({ url, log }: { url: string; log: Logger }): ActionEvents {
  const listeners = new Map<number, Set<() => void>>();
  const stop = new AbortController();
  let client: pg.Client | undefined;

  const loop = (async () => {
    while (!stop.signal.aborted) {
      client = new pg.Client({ connectionString: url, application_name: 'mig api events', keepAlive: true });
      const ended = new Promise<void>((resolve) => {
        client?.on('end', () => resolve());
        client?.on('error', () => resolve());
      });
      client.on('notification', ({ payload }) => {
        for (const onChange of listeners.get(Number(payload)) ?? []) onChange();
      });
      try {
        await client.connect();
        await client.query('LISTEN mig_action');
        // Whatever changed while nobody listened is looked up now.
        for (const set of listeners.values()) for (const onChange of set) onChange();
        await ended;
      } catch (error) {
        log.warn({ error: errorMessage(error) }, 'notifications interrupted');
      }
      if (!stop.signal.aborted) await sleep(1000, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();

  return {
    subscribe(actionId, onChange) {
      const set = listeners.get(actionId) ?? new Set();
      listeners.set(actionId, set.add(onChange));
      return () => {
        set.delete(onChange);
        if (set.size === 0) listeners.delete(actionId);
      };
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await client?.end().catch(() => {});
      await loop;
    },
  };
}
