import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openRoute } from '../../../../platform/rabbitmq/open-route.ts';
import { openHttpProxy } from '../../../setup/http-proxy.ts';

const LOGIN = { user: 'mig agent', password: 'p@ss:w%rd' };

async function openGreeter() {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the test may close the connection at any time
    socket.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('a proxy gets user and password, and the bytes after its response come from the relay', async () => {
  await using greeter = await openGreeter();
  await using proxy = await openHttpProxy(undefined, { login: `${LOGIN.user}:${LOGIN.password}` });
  const route = await openRoute({ host: '127.0.0.1', port: greeter.port }, [
    { address: proxy.address, ...LOGIN },
  ]);
  expect(route.proxy).toBe(proxy.address);
  const [chunk] = await once(route.socket, 'data');
  expect(String(chunk)).toBe('hello');
  route.socket.destroy();
});

test('a proxy that refuses the login is skipped', async () => {
  await using greeter = await openGreeter();
  await using proxy = await openHttpProxy(undefined, { login: `${LOGIN.user}:${LOGIN.password}` });
  const { address } = proxy;
  const route = await openRoute({ host: '127.0.0.1', port: greeter.port }, [
    { address },
    { address, user: 'x', password: 'y' },
  ]);
  expect(route.proxy).toBeUndefined();
  expect(proxy.targets).toHaveLength(2);
  route.socket.destroy();
});

test('when every route fails, the error has the reason for each, without a password', async () => {
  await using proxy = await openHttpProxy(undefined, { login: 'a:b' });
  const failure = await openRoute({ host: '127.0.0.1', port: 1 }, [
    { address: proxy.address, ...LOGIN },
    { address: '127.0.0.1:1', ...LOGIN },
  ]).catch((error: Error) => error.message);
  expect(failure).toMatch(
    new RegExp(
      `^proxy ${proxy.address}: it answered "HTTP/1.1 407 .*"; proxy 127.0.0.1:1: .*ECONNREFUSED.*; directly: .*ECONNREFUSED`,
    ),
  );
  expect(failure).not.toContain(LOGIN.password);
});
