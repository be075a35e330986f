import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';

const RECONNECT_MS = 1_000;
/** A connection whose other end is gone without a word is found by asking. */
const CHECK_EVERY_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

interface ListenOptions {
  url: string;
  /** Of the session in Postgres. */
  name: string;
  channel: string;
  log: Logger;
  onNotification: (payload: string) => void;
  /** What was notified while nobody listened is lost: the listener looks everything up when it is connected again. */
  onConnected: () => void;
  /** A minute by default. */
  checkEveryMs?: number;
}

/** Listens to a channel on a connection of its own, and connects again when that breaks. */
export function startListening(options: ListenOptions): AsyncDisposable {
  const { channel, log } = options;
  const stop = new AbortController();
  let client: pg.Client | undefined;

  const loop = (async () => {
    while (!stop.signal.aborted) {
      client = createClient(options);
      try {
        await listenUntilEnd(client, options);
      } catch (error) {
        log.warn({ channel, error: errorMessage(error) }, 'notifications interrupted');
      }
      await close(client);
      if (!stop.signal.aborted) await sleep(RECONNECT_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      if (client) await close(client);
      await loop;
    },
  };
}

function createClient({ url, name }: ListenOptions): pg.Client {
  return new pg.Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 10_000,
    query_timeout: ANSWER_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  });
}

async function listenUntilEnd(
  client: pg.Client,
  { channel, onNotification, onConnected, checkEveryMs = CHECK_EVERY_MS }: ListenOptions,
): Promise<void> {
  const ended = new Promise<void>((resolve) => {
    client.on('end', () => resolve());
    client.on('error', () => resolve());
  });
  client.on('notification', ({ payload }) => onNotification(payload ?? ''));
  await client.connect();
  await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
  onConnected();
  const check = () => {
    client.query('SELECT 1').then(checkLater, () => destroy(client));
  };
  let timer: NodeJS.Timeout | undefined;
  const checkLater = () => {
    timer = setTimeout(check, checkEveryMs);
  };
  checkLater();
  await ended;
  clearTimeout(timer);
}

/** Says goodbye, and does not wait long for an answer. */
async function close(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => {}), sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
  destroy(client);
}

function destroy(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }; // its types do not say so
  connection.stream.destroy();
}
