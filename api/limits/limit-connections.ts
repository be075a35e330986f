import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf, withoutMapping } from './client-address.ts';

interface Connection {
  key: string;
  socket: Socket;
  network: string;
  exchange: { request: IncomingMessage; response: ServerResponse } | undefined;
}

interface ConnectionLimits {
  max: number;
  maxPerAddress: number;
}

/**
 * Limits the connections of a server, in total and per address. A new connection may be an investigator's, so it
 * replaces the oldest one without a complete request. It is refused only when there is none.
 */
export function limitConnections(server: Server, { max, maxPerAddress }: ConnectionLimits): void {
  const connections = createConnections();

  const makeRoomFor = (network: string): boolean => {
    const isNetworkFull = connections.countOf(network) >= maxPerAddress;
    if (isNetworkFull && !connections.evict((other) => other.network === network)) return false;
    return connections.size() < max || connections.evict(() => true);
  };

  server.on('connection', (socket: Socket) => {
    const peer = peerOf(socket);
    if (!peer || !makeRoomFor(peer.network)) {
      socket.destroy();
      return;
    }
    const connection = { ...peer, socket, exchange: undefined };
    connections.add(connection);
    socket.on('close', () => connections.close(connection));
  });
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    const connection = connections.find(peerOf(request.socket)?.key);
    if (connection) connection.exchange = { request, response };
  });
}

/** The open connections, oldest first, with a count for each network. */
function createConnections() {
  const open = new Map<string, Connection>();
  const counts = new Map<string, number>();
  const countOf = (network: string) => counts.get(network) ?? 0;

  const close = ({ key, network, socket }: Connection) => {
    if (!open.delete(key)) return;
    const remaining = countOf(network) - 1;
    if (remaining > 0) counts.set(network, remaining);
    else counts.delete(network);
    socket.destroy();
  };

  return {
    size: () => open.size,
    countOf,
    find: (key: string | undefined) => (key === undefined ? undefined : open.get(key)),
    add(connection: Connection) {
      open.set(connection.key, connection);
      counts.set(connection.network, countOf(connection.network) + 1);
    },
    close,
    /** Closes the oldest candidate without a complete request; false when there is none. */
    evict(isCandidate: (connection: Connection) => boolean): boolean {
      for (const connection of open.values()) {
        if (!isCandidate(connection) || isServed(connection)) continue;
        close(connection);
        return true;
      }
      return false;
    },
  };
}

/** Whether the request is complete and the response is not. */
function isServed({ exchange }: Connection): boolean {
  return exchange?.request.complete === true && !exchange.response.writableFinished;
}

/** The key is not the socket: TLS has two of them for one connection, with the same address and port. */
function peerOf({ remoteAddress, remotePort }: Socket): { key: string; network: string } | undefined {
  if (remoteAddress === undefined) return undefined; // The connection is already closed.
  return { key: `${remoteAddress} ${remotePort}`, network: networkOf(withoutMapping(remoteAddress)) };
}
