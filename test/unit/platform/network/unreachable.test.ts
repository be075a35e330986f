import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { requireExternal } from '../../../../dev/stack/programs/external.ts';
import { addressOf, unreachable } from '../../../../platform/network/unreachable.ts';
import { createPool, requireConnection } from '../../../../platform/postgres/pool.ts';
import { registerSearchAttributes } from '../../../../platform/temporal/search-attributes.ts';

/** Opens a port on which something else than the service listens. */
async function listen(onConnection: (socket: Socket) => void) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  };
  const { port } = server.address() as { port: number };
  return { port, close, [Symbol.asyncDispose]: close };
}

async function connectTo(port: number): Promise<void> {
  const url = `postgres://migadmin:secret-word@127.0.0.1:${port}/mig`;
  const pool = createPool({ url, name: 'test', max: 1 });
  try {
    await requireConnection(pool, { url, setting: 'MIG_POSTGRES_URL' });
  } finally {
    await pool.end();
  }
}

const NEXT = 'start it there, or correct';

test('an unreachable PostgreSQL is reported with address, reason and setting', async () => {
  await using silent = await listen(() => {});
  await using other = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const closed = await listen(() => {});
  await closed.close();
  const cases = [
    [silent.port, 'no answer'],
    [other.port, 'what listens there ended the connection'],
    [closed.port, 'nothing listens there'],
  ] as const;
  await Promise.all(
    cases.map(([port, why]) =>
      expect(connectTo(port)).rejects.toMatchObject({
        code: 'unavailable',
        message: `PostgreSQL cannot be reached at 127.0.0.1:${port}: ${why}; ${NEXT} MIG_POSTGRES_URL`,
      }),
    ),
  );
});

test('an unreachable Temporal is reported with address, reason and setting', async () => {
  const closed = await listen(() => {});
  await closed.close();
  const address = `127.0.0.1:${closed.port}`;
  await expect(registerSearchAttributes({ address, namespace: 'default' })).rejects.toMatchObject({
    code: 'unavailable',
    message: `Temporal cannot be reached at ${address}: no answer; ${NEXT} TEMPORAL_ADDRESS and the settings beside it`,
  });
});

test('each external service is checked by a connection', async () => {
  await using there = await listen(() => {});
  const closed = await listen(() => {});
  await closed.close();
  const relay = (port: number) => ({
    host: '127.0.0.1',
    port,
    vhost: 'mig',
    files: { ca: '', cert: '', key: '' },
    passwords: { scheduler: 'secret-word', agent: 'secret-word' },
  });
  const services = (port: number) => ({
    postgres: { postgres: `postgres://a:secret-word@127.0.0.1:${port}/x` },
    relay: { relay: relay(port) },
    temporal: { temporal: { address: `127.0.0.1:${port}`, uiUrl: '' } },
  });
  for (const [name, setting] of [
    ['postgres', 'MIG_POSTGRES_URL'],
    ['relay', 'MIG_AMQP_URL'],
    ['temporal', 'TEMPORAL_ADDRESS'],
  ] as const) {
    await requireExternal(services(there.port)[name]);
    await expect(requireExternal(services(closed.port)[name])).rejects.toThrow(
      `127.0.0.1:${closed.port}: nothing listens there; ${NEXT} ${setting}, or leave it out`,
    );
  }
  await requireExternal({});
});

test('an address is reported without its secrets, and the error of a service is repeated', () => {
  for (const [url, address] of [
    ['postgres://user:secret-word@db.example.net/mig', 'db.example.net:5432'],
    ['postgres://user@[::1]:6000/mig', '[::1]:6000'],
    ['postgres:///mig?host=/run/postgresql', '/run/postgresql'],
    ['postgres:///mig', 'localhost:5432'],
  ] as const)
    expect(addressOf(url, 5432)).toBe(address);
  const place = { service: 'PostgreSQL', address: 'x:1', setting: 'X' } as const;
  const refused = Object.assign(new Error('password authentication failed for user "a"'), { code: '28P01' });
  expect(unreachable(place, refused).message).toBe(
    'PostgreSQL at x:1 refuses: password authentication failed for user "a"; correct X',
  );
  const namespace = Object.assign(new Error('5 NOT_FOUND: no'), {
    code: 5,
    details: 'Namespace x is not found.',
  });
  expect(unreachable(place, namespace).message).toBe(
    'PostgreSQL at x:1 refuses: Namespace x is not found; correct X',
  );
});
