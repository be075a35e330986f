import { setTimeout as sleep } from 'node:timers/promises';
import { type ChannelModel, connect } from 'amqplib';
import { errorMessage } from '../../contract/errors.ts';
import type { Logger } from '../log.ts';

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
  /** Ends the present connection, so that a new one is made: for a channel that died under us. */
  restart(why: string): void;
}

const CONNECT_TIMEOUT_MS = 10_000;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 30_000;
/** A connection that breaks sooner counts as failed: whatever broke it may break the next one at once. */
const STABLE_MS = 10_000;

/**
 * Keeps one connection to the relay for ever: connects (DNS asked afresh each time), runs `setup` on it, and when it
 * breaks waits with growing, jittered delay and starts over. The only place where anything reconnects.
 */
export function startSession(deps: {
  relay: RelayOptions;
  name: string;
  log: Logger;
  setup: (connection: ChannelModel, session: Session) => Promise<void>;
  onLost?: () => void;
}): Session {
  const stop = new AbortController();
  let current: ChannelModel | undefined;
  let markReady: () => void = () => {};
  const ready = new Promise<void>((resolve) => {
    markReady = resolve;
  });
  const session: Session = {
    ready,
    restart(why) {
      deps.log.warn({ why }, 'relay connection restarted');
      void current?.close().catch(() => {});
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await Promise.race([current?.close().catch(() => {}), sleep(2000)]);
      await loop;
    },
  };

  const loop = (async () => {
    for (let failures = 0; !stop.signal.aborted; failures++) {
      try {
        const connection = await open(deps.relay, deps.name);
        current = connection;
        const closed = whenClosed(connection);
        await deps.setup(connection, session);
        markReady();
        const since = Date.now();
        deps.log.info({ host: deps.relay.host, vhost: deps.relay.vhost }, 'relay connected');
        if (stop.signal.aborted) void connection.close().catch(() => {});
        await closed;
        if (Date.now() - since > STABLE_MS) failures = 0;
        deps.onLost?.();
      } catch (error) {
        void current?.close().catch(() => {});
        deps.log.warn({ error: errorMessage(error) }, 'relay connection failed');
      }
      current = undefined;
      if (!stop.signal.aborted)
        await sleep(delayAfter(failures), undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return session;
}

/** Full jitter over the upper half of an exponential delay: thousands of agents must not come back in one second. */
function delayAfter(failures: number): number {
  const ceiling = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures, 20));
  return ceiling * (0.5 + Math.random() / 2);
}

async function open(relay: RelayOptions, name: string): Promise<ChannelModel> {
  const { host, port, vhost, username, password, ca, cert, key } = relay;
  return connect(
    {
      protocol: ca === undefined ? 'amqp' : 'amqps',
      hostname: host,
      port,
      vhost: encodeURIComponent(vhost),
      username,
      password,
      heartbeat: relay.heartbeatSeconds ?? 60,
    },
    {
      timeout: CONNECT_TIMEOUT_MS,
      noDelay: true,
      clientProperties: { connection_name: name },
      ...(ca === undefined ? {} : { ca: [Buffer.from(ca)], cert: toBuffer(cert), key: toBuffer(key) }),
    },
  );
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
