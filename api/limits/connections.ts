import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf, withoutMapping } from './client-address.ts';

interface Connection {
  socket: Socket;
  network: string;
  exchange: { request: IncomingMessage; response: ServerResponse } | undefined;
}

/**
 * Bounds the connections, all together and of one address. A new one is always let in, for it may be an investigator's:
 * in its place goes the oldest that has no complete request. Only when all have one is the new one refused.
 */
export function boundConnections(
  server: Server,
  { max, maxPerAddress }: { max: number; maxPerAddress: number },
): void {
  // In the order of their arrival.
  const open = new Map<string, Connection>();
  const countOf = new Map<string, number>();

  const close = (key: string, connection: Connection) => {
    if (!open.delete(key)) return;
    const left = (countOf.get(connection.network) ?? 0) - 1;
    if (left > 0) countOf.set(connection.network, left);
    else countOf.delete(connection.network);
    connection.socket.destroy();
  };
  const makeRoom = (isCandidate: (connection: Connection) => boolean): boolean => {
    for (const [key, connection] of open) {
      if (!isCandidate(connection) || isServed(connection)) continue;
      close(key, connection);
      return true;
    }
    return false;
  };

  server.on('connection', (socket: Socket) => {
    const key = keyOf(socket);
    const network = networkOf(withoutMapping(socket.remoteAddress ?? ''));
    const isAddressFull = (countOf.get(network) ?? 0) >= maxPerAddress;
    const hasRoom =
      (!isAddressFull || makeRoom((other) => other.network === network)) &&
      (open.size < max || makeRoom(() => true));
    if (key === undefined || !hasRoom) {
      socket.destroy();
      return;
    }
    const connection: Connection = { socket, network, exchange: undefined };
    open.set(key, connection);
    countOf.set(network, (countOf.get(network) ?? 0) + 1);
    socket.on('close', () => close(key, connection));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = open.get(keyOf(request.socket) ?? '');
    if (connection) connection.exchange = { request, response };
  });
}

/** Its request is complete and its answer is not: this one is worked for. */
function isServed({ exchange }: Connection): boolean {
  return exchange?.request.complete === true && !exchange.response.writableFinished;
}

/** Of TLS there are two sockets for one connection; address and port are the same. */
function keyOf({ remoteAddress, remotePort }: Socket): string | undefined {
  return remoteAddress === undefined ? undefined : `${remoteAddress} ${remotePort}`;
}
