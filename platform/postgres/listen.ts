import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';

const RECONNECT_MS = 1000;

interface ListenOptions {
  url: string;
  channel: string;
  log: Logger;
  onNotification: (payload: string) => void;
  /** What was notified while nobody listened is lost: the listener looks everything up when it is connected again. */
  onConnected: () => void;
}

/** Listens to a channel on a connection of its own, and connects again when that breaks. */
export function startListening({
  url,
  channel,
  log,
  onNotification,
  onConnected,
}: ListenOptions): AsyncDisposable {
  const stop = new AbortController();
  let client: pg.Client | undefined;

  const listenOnce = async () => {
    client = new pg.Client({ connectionString: url, application_name: channel, keepAlive: true });
    const ended = new Promise<void>((resolve) => {
      client?.on('end', () => resolve());
      client?.on('error', () => resolve());
    });
    client.on('notification', ({ payload }) => onNotification(payload ?? ''));
    await client.connect();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    onConnected();
    await ended;
  };
  const loop = (async () => {
    while (!stop.signal.aborted) {
      try {
        await listenOnce();
      } catch (error) {
        log.warn({ channel, error: errorMessage(error) }, 'notifications interrupted');
      }
      await client?.end().catch(() => {});
      if (!stop.signal.aborted) await sleep(RECONNECT_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await client?.end().catch(() => {});
      await loop;
    },
  };
}
