import { setTimeout as sleep } from 'node:timers/promises';
import { errorMessage } from '../../contract/errors.ts';
import { createDeferred } from '../async/deferred.ts';
import { settleWithin } from '../async/settle-within.ts';
import { withTimeout } from '../async/with-timeout.ts';
import type { Logger } from '../log.ts';
import type { HttpProxy } from '../network/proxies.ts';
import { type Backoff, backoffDelay } from './backoff.ts';
import {
  CLOSE_TIMEOUT_MS,
  noAnswer,
  type OpenConnection,
  openConnection,
  type RelayConnection,
  type RelayOptions,
  SETUP_TIMEOUT_MS,
} from './connection.ts';

export type { RelayOptions } from './connection.ts';

export interface Session extends AsyncDisposable {
  /** Resolves when the first connection is set up. */
  ready: Promise<void>;
  /** Address of the HTTP proxy of the current connection, if any. */
  proxy(): string | undefined;
  /** Why there is no connection now; undefined when there is one. */
  problem(): string | undefined;
  /** Closes the current connection, so that a new one is made: for a channel that broke. */
  restart(why: string): void;
}

/** The platform has few connections, so it reconnects quickly. */
const BACKOFF: Backoff = { firstMs: 200, maxMs: 5_000 };
/** A connection that breaks sooner counts as a failure: the next one may break for the same reason. */
const STABLE_MS = 10_000;

interface SessionDeps {
  relay: RelayOptions;
  name: string;
  log: Logger;
  /** HTTP proxies to try before the direct route; with TLS only. */
  proxies?: readonly HttpProxy[];
  backoff?: Backoff;
  /** Limit of `setup`; half a minute by default. */
  setupTimeoutMs?: number;
  /** Opens channels and consumers on a new connection. */
  setup: (connection: RelayConnection, session: Session) => Promise<void>;
  onLost?: () => void;
}

/**
 * Keeps one connection to the relay until disposal: connects (with a new DNS lookup each time), runs `setup`, and
 * when the connection breaks waits with growing, jittered delay and reconnects. Nothing else reconnects.
 */
export function startSession(deps: SessionDeps): Session {
  const { log, relay } = deps;
  const stop = new AbortController();
  const firstConnected = createDeferred();
  let current: OpenConnection | undefined;
  let problem: string | undefined = 'not connected yet';
  const session: Session = {
    ready: firstConnected.promise,
    proxy: () => current?.proxy,
    problem: () => problem,
    restart(why) {
      log.warn({ why }, 'relay connection restarted');
      void current?.close();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await current?.close();
      // An attempt to connect may be in progress; nothing is lost with it.
      await settleWithin(CLOSE_TIMEOUT_MS, reconnecting);
    },
  };

  const setUp = async ({ connection, proxy }: OpenConnection) => {
    const timeoutMs = deps.setupTimeoutMs ?? SETUP_TIMEOUT_MS;
    await withTimeout(timeoutMs, deps.setup(connection, session), noAnswer(timeoutMs));
    problem = undefined;
    firstConnected.resolve();
    log.info({ host: relay.host, vhost: relay.vhost, proxy }, 'relay connected');
  };

  /** Connects, and waits until the connection breaks. Returns its duration; throws when it was never set up. */
  const runConnection = async (): Promise<number> => {
    const opened = await openConnection(deps);
    current = opened;
    try {
      await setUp(opened);
      const since = Date.now();
      if (stop.signal.aborted) void opened.close();
      await opened.closed;
      problem = 'the connection was lost';
      return Date.now() - since;
    } finally {
      void opened.close();
      current = undefined;
      deps.onLost?.();
    }
  };

  const connectOnce = async (): Promise<{ isStable: boolean }> => {
    try {
      return { isStable: (await runConnection()) > STABLE_MS };
    } catch (error) {
      problem = errorMessage(error);
      log.warn({ host: relay.host, port: relay.port, error: problem }, 'relay connection failed');
      return { isStable: false };
    }
  };
  const reconnecting = repeat({
    attempt: connectOnce,
    backoff: deps.backoff ?? BACKOFF,
    signal: stop.signal,
  });
  return session;
}

/** Repeats an attempt until the signal aborts. The pauses in between grow until an attempt is stable. */
async function repeat({
  attempt,
  backoff,
  signal,
}: {
  attempt: () => Promise<{ isStable: boolean }>;
  backoff: Backoff;
  signal: AbortSignal;
}): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const { isStable } = await attempt();
    if (isStable) failures = 0;
    const delayMs = backoffDelay(failures, backoff);
    failures++;
    if (!signal.aborted) await sleep(delayMs, undefined, { signal }).catch(() => {});
  }
}
