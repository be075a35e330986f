import type { Socket } from 'node:net';
import { type ChannelModel, connect, type Options } from 'amqplib';
import { MigError } from '../../contract/errors.ts';
import { createDeferred } from '../async/deferred.ts';
import { settleWithin } from '../async/settle-within.ts';
import { withTimeout } from '../async/with-timeout.ts';
import type { HttpProxy } from '../network/proxies.ts';
import { openRoute } from './open-route.ts';

/**
 * Address and credentials of a relay. `ca`, `cert` and `key` are PEM text; without `ca` the connection is plain
 * (tests, MIG's default).
 */
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

/** A connection to the relay, which opens channels. */
export type RelayConnection = ChannelModel;

/** A connection with its end. */
export interface OpenConnection {
  connection: RelayConnection;
  /** Address of the HTTP proxy, if any. */
  proxy: string | undefined;
  closed: Promise<void>;
  /** Closes the connection, and destroys the socket when the relay does not answer soon. */
  close(): Promise<void>;
}

const MAX_FRAME_BYTES = 131_072;
const CONNECT_TIMEOUT_MS = 10_000;
/** A relay that accepts and never answers, or sends a byte a second, must not block us. */
export const SETUP_TIMEOUT_MS = 30_000;
export const CLOSE_TIMEOUT_MS = 2_000;

export function noAnswer(ms: number): string {
  return `no answer from the relay within ${ms} ms`;
}

export async function openConnection({
  relay,
  name,
  proxies = [],
}: {
  relay: RelayOptions;
  name: string;
  proxies?: readonly HttpProxy[];
}): Promise<OpenConnection> {
  const route = relay.ca === undefined ? undefined : await openRoute(relay, proxies);
  const connecting = connect(handshakeOptions(relay), socketOptions({ relay, name, socket: route?.socket }));
  let connection: RelayConnection;
  try {
    connection = await withTimeout(SETUP_TIMEOUT_MS, connecting, noAnswer(SETUP_TIMEOUT_MS));
  } catch (error) {
    route?.socket.destroy();
    connecting.then((late) => late.close()).catch(() => {});
    throw error;
  }
  return {
    connection,
    proxy: route?.proxy,
    closed: whenClosed(connection),
    async close() {
      await settleWithin(CLOSE_TIMEOUT_MS, connection.close());
      destroyStream(connection);
      route?.socket.destroy();
      connection.emit('close');
    },
  };
}

function handshakeOptions(relay: RelayOptions): Options.Connect {
  return {
    protocol: relay.ca === undefined ? 'amqp' : 'amqps',
    hostname: relay.host,
    port: relay.port,
    vhost: encodeURIComponent(relay.vhost),
    username: relay.username,
    password: relay.password,
    heartbeat: relay.heartbeatSeconds ?? 60,
    // Without a limit a relay may announce a frame of 4 GB, and everything up to that stays in memory.
    maxFrameSize: MAX_FRAME_BYTES,
  };
}

function socketOptions({
  relay: { ca, cert, key },
  name,
  socket,
}: {
  relay: RelayOptions;
  name: string;
  socket: Socket | undefined;
}): object {
  return {
    timeout: CONNECT_TIMEOUT_MS,
    noDelay: true,
    clientProperties: { connection_name: name },
    ...(ca === undefined ? {} : { ca: [Buffer.from(ca)], cert: toBuffer(cert), key: toBuffer(key) }),
    ...(socket && { socket }),
  };
}

function toBuffer(pem: string | undefined): Buffer | undefined {
  return pem === undefined ? undefined : Buffer.from(pem);
}

function whenClosed(connection: RelayConnection): Promise<void> {
  const closed = createDeferred();
  connection.on('close', () => closed.resolve());
  // The close event follows; without a listener the error would end the process.
  connection.on('error', () => closed.resolve());
  return closed.promise;
}

/** With an error: only then does amqplib close its channels, and fail the publishes that wait for a confirm. */
function destroyStream(connection: RelayConnection): void {
  const { stream } = connection.connection as unknown as { stream: { destroy(error: Error): void } };
  stream.destroy(new MigError('unavailable', 'the relay did not close the connection in time'));
}
