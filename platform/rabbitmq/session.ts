import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { withTimeout } from '../async/with-timeout.ts';
import type { Logger } from '../log.ts';
import type { HttpProxy } from '../network/proxies.ts';
import { openWay } from './socket.ts';

/** How to reach a relay. `ca`, `cert` and `key` are PEM text; without `ca` the connection is plain (tests, MIG's default). */
export interface RelayOptions {
  host: string;
  port: number;
  vhost: string;
  username: string;
  password: string;
  ca?: string | undefined;
  cert?: string | undefined;
  key?: string | undefined;
  heartbeatSeconds?: number;
}

export interface Session extends AsyncDisposable {
  /** Resolves when the first connection is set up. */
  ready: Promise<void>;
  /** The proxy that carries the present connection, if any. */
  proxy(): string | undefined;
  /** Why there is no connection at this moment; undefined when there is one. */
  problem(): string | undefined;
  /** Ends the present connection, so that a new one is made: for a channel that died under us. */
  restart(why: string): void;
}

/** How long to wait before connecting again: up to `firstMs` at first, doubling up to `maxMs`. */
interface Backoff {
  firstMs: number;
  maxMs: number;
}

const MAX_FRAME_BYTES = 131_072;
const CONNECT_TIMEOUT_MS = 10_000;
/** A relay that accepts and never answers, or a byte a second, must not hold us. */
const SETUP_TIMEOUT_MS = 30_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** Of the platform's few connections: nobody should wait half a minute for a relay that is back. */
const BACKOFF: Backoff = { firstMs: 200, maxMs: 5_000 };
/** A connection that breaks sooner counts as failed: whatever broke it may break the next one at once. */
const STABLE_MS = 10_000;

interface SessionDeps {
  relay: RelayOptions;
  name: string;
  log: Logger;
  /** HTTP proxies to try before the direct way; with TLS only. */
  proxies?: readonly HttpProxy[];
  backoff?: Backoff;
  /** How long `setup` may take; half a minute by default. */
  setupTimeoutMs?: number;
  setup: (connection: ChannelModel, session: Session) => Promise<void>;
  onLost?: () => void;
}

/**
 * Keeps one connection to the relay for ever: connects (DNS asked afresh each time), runs `setup` on it, and when it
 * breaks waits with growing, jittered delay and starts over. The only place where anything reconnects.
 */
export function startSession(deps: SessionDeps): Session {
  const stop = new AbortController();
  let current: Opened | undefined;
  let problem: string | undefined = 'not connected yet';
  let markReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  const session: Session = {
    ready,
    proxy: () => current?.proxy,
    problem: () => problem,
    restart(why) {
      deps.log.warn({ why }, 'relay connection restarted');
      void current?.close();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await current?.close();
      // It may be in the middle of connecting; nothing is lost with that.
      await Promise.race([loop, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    },
  };

  const live = async (): Promise<number> => {
    const opened = await open(deps);
    current = opened;
    try {
      const setupMs = deps.setupTimeoutMs ?? SETUP_TIMEOUT_MS;
      await withTimeout(setupMs, deps.setup(opened.connection, session), noAnswer(setupMs));
      markReady();
      problem = undefined;
      const since = Date.now();
      deps.log.info(
        { host: deps.relay.host, vhost: deps.relay.vhost, proxy: opened.proxy },
        'relay connected',
      );
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
  const loop = (async () => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      try {
        if ((await live()) > STABLE_MS) failures = 0;
      } catch (error) {
        problem = errorMessage(error);
        const { host, port } = deps.relay;
        deps.log.warn({ host, port, error: problem }, 'relay connection failed');
      }
      const delay = delayAfter(failures, deps.backoff ?? BACKOFF);
      if (!stop.signal.aborted) await sleep(delay, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return session;
}

/**
 * Full jitter under an exponential ceiling: thousands of agents that lost their relay in the same moment come back
 * spread over the whole of it.
 */
export function delayAfter(failures: number, { firstMs, maxMs }: Backoff): number {
  return Math.random() * Math.min(maxMs, firstMs * 2 ** Math.min(failures, 20));
}

interface Opened {
  connection: ChannelModel;
  proxy: string | undefined;
  closed: Promise<void>;
  /** Says goodbye, and does not wait long for an answer. */
  close(): Promise<void>;
}

async function open({ relay, name, proxies = [] }: SessionDeps): Promise<Opened> {
  const { host, port, vhost, username, password, ca, cert, key } = relay;
  const way = ca === undefined ? undefined : await openWay(host, port, proxies);
  const connecting = connect(
    {
      protocol: ca === undefined ? 'amqp' : 'amqps',
      hostname: host,
      port,
      vhost: encodeURIComponent(vhost),
      username,
      password,
      heartbeat: relay.heartbeatSeconds ?? 60,
      // Without it a relay may announce a frame of 4 GB, and everything up to that is kept in memory.
      maxFrameSize: MAX_FRAME_BYTES,
    },
    {
      timeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
      clientProperties: { connection_name: name },
      ...(ca === undefined ? {} : { ca: [Buffer.from(ca)], cert: toBuffer(cert), key: toBuffer(key) }),
      ...(way && { socket: way.socket }),
    },
  );
  let connection: ChannelModel;
  try {
    connection = await withTimeout(SETUP_TIMEOUT_MS, connecting, noAnswer(SETUP_TIMEOUT_MS));
  } catch (error) {
    way?.socket.destroy();
    void connecting.then((late) => late.close()).catch(() => {});
    throw error;
  }
  const closed = whenClosed(connection);
  const destroy = () => {
    // With an error: only then does amqplib close its channels, and tell who waits for a confirmation.
    const { stream } = connection.connection as unknown as { stream: { destroy(error: Error): void } };
    stream.destroy(new MigError('unavailable', 'the relay did not close the connection in time'));
    way?.socket.destroy();
  };
  return {
    connection,
    closed,
    proxy: way?.proxy,
    async close() {
      await Promise.race([
        connection.close().catch(() => {}),
        sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false }),
      ]);
      destroy();
      connection.emit('close');
    },
  };
}

function noAnswer(ms: number): string {
  return `no answer from the relay within ${ms} ms`;
}

function toBuffer(pem: string | undefined): Buffer | undefined {
  return pem === undefined ? undefined : Buffer.from(pem);
}

function whenClosed(connection: ChannelModel): Promise<void> {
  return new Promise((resolve) => {
    connection.on('close', () => resolve());
    // The close event follows; without a listener the error would end the process.
    connection.on('error', () => resolve());
  });
}
