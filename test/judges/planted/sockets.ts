import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { waitFor } from '../../../dev/wait-for.ts';
import { createResources } from '../../../platform/async/resources.ts';

export interface PlantedSockets extends AsyncDisposable {
  ports: readonly number[];
}

const HOSTS = [
  { listensOn: '127.0.0.1', isCalled: '127.0.0.1' },
  { listensOn: '::1', isCalled: '::1' },
  // IPv4 mapped into IPv6.
  { listensOn: '::', isCalled: '127.0.0.1' },
];

/** Sockets of TCP in five states, and of UDP with and without a remote end, each on IPv4, IPv6 and both. */
export async function plantSockets(): Promise<PlantedSockets> {
  const resources = createResources();
  const ports: number[] = [];
  for (const hosts of HOSTS) {
    ports.push(await plantTcp(hosts, resources.defer));
    ports.push(await plantUdp(hosts, resources.defer));
  }
  return { ports, [Symbol.asyncDispose]: () => resources[Symbol.asyncDispose]() };
}

type Defer = (close: () => unknown) => void;
type Hosts = (typeof HOSTS)[number];

/** One connection stays open, one is closed by one side only, one by both. */
async function plantTcp({ listensOn, isCalled }: Hosts, defer: Defer): Promise<number> {
  const accepted: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => accepted.push(socket));
  defer(() => server.close());
  server.listen(0, listensOn);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const dialled: Socket[] = [];
  for (let i = 0; i < 3; i++) {
    const socket = connect({ port, host: isCalled, allowHalfOpen: true });
    defer(() => socket.destroy());
    await once(socket, 'connect');
    dialled.push(socket);
  }
  await waitFor('three connections', () => accepted.length === 3);
  defer(() => accepted.map((socket) => socket.destroy()));
  for (const socket of dialled.slice(1)) socket.end();
  accepted[2]?.end();
  accepted[2]?.resume();
  return port;
}

async function plantUdp({ listensOn, isCalled }: Hosts, defer: Defer): Promise<number> {
  const [server, client] = [udpSocket(listensOn, defer), udpSocket(isCalled, defer)];
  server.bind(0, listensOn);
  await once(server, 'listening');
  const { port } = server.address();
  client.connect(port, isCalled);
  await once(client, 'connect');
  return port;
}

function udpSocket(host: string, defer: Defer): UdpSocket {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  defer(() => socket.close());
  return socket;
}
