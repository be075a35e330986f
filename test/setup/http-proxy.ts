import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

/** An HTTP proxy that makes CONNECT tunnels, or refuses them; with `login` for those alone who say `user:password`. */
export async function openHttpProxy(
  refusal?: string,
  { login }: { login?: string } = {},
): Promise<{ address: string; targets: string[] } & AsyncDisposable> {
  const targets: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request, incoming: Socket) => {
    targets.push(request.url ?? '');
    sockets.add(incoming);
    incoming.on('error', () => {});
    const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString('base64')}`;
    if (expected !== undefined && request.headers['proxy-authorization'] !== expected)
      return void incoming.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    if (refusal !== undefined) return void incoming.end(`HTTP/1.1 ${refusal}\r\n\r\n`);
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const outgoing = connect(Number(port), host, () => {
      incoming.write('HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n');
      incoming.pipe(outgoing).pipe(incoming);
    });
    sockets.add(outgoing);
    outgoing.on('error', () => incoming.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    targets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
