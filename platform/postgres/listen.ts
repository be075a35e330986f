import pg from 'pg';
import { errorMessage } from '../../contract/errors.ts';
import { createDeferred } from '../async/deferred.ts';
import { runEvery } from '../async/run-every.ts';
import { settleWithin } from '../async/settle-within.ts';
import type { Logger } from '../log.ts';

const RECONNECT_MS = 1_000;
/** A peer that vanished without closing the connection is noticed only by a query. */
const CHECK_EVERY_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 2_000;

interface ListenOptions {
  url: string;
  /** The name of the session in Postgres. */
  name: string;
  channel: string;
  log: Logger;
  onNotification: (payload: string) => void;
  /** Must read the current state: notifications between two connections are lost. */
  onConnected: () => void;
  /** A minute by default. */
  checkEveryMs?: number;
}

/** Listens to a channel on a dedicated connection, and reconnects when that breaks. */
export function startListening(options: ListenOptions): AsyncDisposable {
  const { channel, log } = options;
  return runEvery({
    everyMs: RECONNECT_MS,
    async run(signal) {
      try {
        await listenUntilEnd(options, signal);
      } catch (error) {
        if (!signal.aborted) log.warn({ channel, error: errorMessage(error) }, 'notifications interrupted');
      }
    },
  });
}

/** Connects and listens until the connection ends, or `signal` aborts. */
async function listenUntilEnd(options: ListenOptions, signal: AbortSignal): Promise<void> {
  const { channel, onNotification, onConnected, checkEveryMs = CHECK_EVERY_MS } = options;
  const client = createClient(options);
  const ended = createDeferred();
  client.on('end', () => ended.resolve());
  client.on('error', () => ended.resolve());
  client.on('notification', ({ payload }) => onNotification(payload ?? '')); // none without a payload
  const closeNow = () => void close(client);
  signal.addEventListener('abort', closeNow);
  try {
    await client.connect();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    onConnected();
    const checks = runEvery({
      everyMs: checkEveryMs,
      run: () => client.query('SELECT 1').catch(() => ended.resolve()),
    });
    await ended.promise;
    await checks[Symbol.asyncDispose]();
  } finally {
    signal.removeEventListener('abort', closeNow);
    await close(client);
  }
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

/** Closes the connection, and destroys the socket when Postgres does not answer soon. */
async function close(client: pg.Client): Promise<void> {
  await settleWithin(CLOSE_TIMEOUT_MS, client.end());
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } }; // missing in its types
  connection.stream.destroy();
}
