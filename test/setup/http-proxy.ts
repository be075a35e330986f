import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** Opens an HTTP proxy for CONNECT tunnels. It refuses them with `refusal`, or without the `user:password` of `login`. */
export async function openHttpProxy(
  refusal?: string,
  { login }: { login?: string } = {},
): Promise<{ address: string; targets: string[] } & AsyncDisposable> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, incoming: Socket) => {
    const { url } = request;
    const [host, port] = url?.split(':') ?? [];
    if (url === undefined || host === undefined) throw new Error('CONNECT without a target');
    targets.push(url);
    sockets.add(incoming);
    incoming.on('error', () => {});
    const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected)
      return void incoming.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (refusal !== undefined) return void incoming.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const outgoing = connect(Number(port), host, () => {
      incoming.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
      incoming.pipe(outgoing).pipe(incoming);
    });
    sockets.add(outgoing);
    outgoing.on('error', () => incoming.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
