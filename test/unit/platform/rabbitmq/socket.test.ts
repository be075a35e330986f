import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { openWay } from '../../../../platform/rabbitmq/socket.ts';
import { openHttpProxy } from '../../../setup/http-proxy.ts';

const LOGIN = { user: 'mig agent', password: 'p@ss:w%rd' };

async function openGreeter() {
  const server = createServer((socket) => {
    socket.on('error', () => {}); // the test lets go of it when it likes
    socket.end('hello');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}

test('a proxy that wants user and password gets them, and what comes behind its answer is the relay', async () => {
  await using greeter = await openGreeter();
  await using proxy = await openHttpProxy(undefined, { login: `${LOGIN.user}:${LOGIN.password}` });
  const way = await openWay('127.0.0.1', greeter.port, [{ address: proxy.address, ...LOGIN }]);
  expect(way.proxy).toBe(proxy.address);
  const [chunk] = await once(way.socket, 'data');
  expect(String(chunk)).toBe('hello');
  way.socket.destroy();
});

test('without them, or with others, the next way is taken', async () => {
  await using greeter = await openGreeter();
  await using proxy = await openHttpProxy(undefined, { login: `${LOGIN.user}:${LOGIN.password}` });
  const { address } = proxy;
  const way = await openWay('127.0.0.1', greeter.port, [{ address }, { address, user: 'x', password: 'y' }]);
  expect(way.proxy).toBeUndefined();
  expect(proxy.targets).toHaveLength(2);
  way.socket.destroy();
});

test('when every way fails it is told why each did, without a password', async () => {
  await using proxy = await openHttpProxy(undefined, { login: 'a:b' });
  const failure = await openWay('127.0.0.1', 1, [
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
