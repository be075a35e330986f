import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startApi } from '../../api/start-api.ts';
import { type ApiCaller, createApiCaller } from '../../dev/api-caller.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { defined } from '../setup/defined.ts';
import { apiConfig, log, openSlot, type Slot } from '../setup/platform.ts';

let slot: Slot;
const open: { socket: Socket; received: () => string; isClosed: () => boolean }[] = [];

beforeAll(async () => {
  slot = await openSlot();
});
afterEach(() => {
  for (const { socket } of open.splice(0)) socket.destroy();
});
afterAll(() => slot?.[Symbol.asyncDispose]());

async function startWith(overrides: Parameters<typeof apiConfig>[1]) {
  const api = await startApi({ log, config: apiConfig(slot, overrides) });
  const caller = await createApiCaller(api.url, slot.people.bob);
  return Object.assign(api, { caller, port: Number(new URL(api.url).port) });
}

/** Opens a socket that sends this text and nothing more. */
async function openSocket(port: number, text: string) {
  const socket = connect({ port, host: '127.0.0.1' });
  let received = '';
  let isClosed = false;
  socket.on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    isClosed = true;
  });
  const entry = { socket, received: () => received, isClosed: () => isClosed };
  open.push(entry);
  await new Promise<void>((resolve) => {
    socket.once('connect', () => socket.write(text, () => resolve()));
    socket.once('close', () => resolve());
  });
  return entry;
}

const UNFINISHED = [
  '',
  'G',
  'GET /api/v1/heartbeat HTTP/1.1\r\n',
  'GET /api/v1/heartbeat HTTP/1.1\r\nHost: x\r\nX-Slow: a',
  'POST /api/v1/heartbeat HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n',
  'POST /api/v1/heartbeat HTTP/1.1\r\nHost: x\r\nContent-Length: 90000\r\n\r\n{"name"',
  'POST /api/v1/heartbeat HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"nam',
  'POST /api/v1/action/create/ HTTP/1.1\r\nHost: x\r\nX-PGPAUTHORIZATION: 1;2026-01-01T00:00:00Z;1;x\r\nContent-Length: 90000\r\n\r\na',
];

/** Each has its own text, so that none waits for another. */
const flood = (port: number, texts: readonly string[]) =>
  Promise.all(texts.map((text) => openSocket(port, text)));
/** The server may have closed the caller's kept connection: like every client, it then retries. */
const isServed = async (caller: ApiCaller) => {
  const ask = () => caller.get('/dashboard');
  return (await ask().catch(ask)).status;
};

test('400 sockets with unfinished requests do not delay an investigator', async () => {
  await using api = await startWith({});
  const texts = fc.sample(fc.constantFrom(...UNFINISHED), 400);
  await flood(api.port, texts);
  expect(await isServed(api.caller)).toBe(200);
  expect(await (await fetch(`${api.url}/heartbeat`)).status).toBe(200);
});

test('at the limit of connections, the oldest idle one is closed and the newest is served', async () => {
  await using api = await startWith({ maxConnections: 20, maxConnectionsPerAddress: 10 });
  const sockets = await flood(api.port, fc.sample(fc.constantFrom(...UNFINISHED), 60));
  expect(await isServed(api.caller)).toBe(200);
  await waitFor('all but 10 closed', async () => sockets.filter(({ isClosed }) => !isClosed()).length <= 10);
  await flood(api.port, fc.sample(fc.constantFrom(...UNFINISHED), 60));
  expect(await isServed(api.caller)).toBe(200);
});

test('an event stream is never closed in favour of a newer connection', async () => {
  await using api = await startWith({ maxConnections: 6, maxConnectionsPerAddress: 6 });
  await slot.admin.query(
    `INSERT INTO actions (id, name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion, pgpsignatures)
     VALUES (77, 'x', 'true', '{}', '{}', '[]', now(), now() + interval '1 hour', 'inflight', 2, '[]')
     ON CONFLICT DO NOTHING`,
  );
  const token = await api.caller.token();
  const stream = await openSocket(
    api.port,
    `GET /api/v1/action/events?actionid=77 HTTP/1.1\r\nHost: x\r\nX-PGPAUTHORIZATION: ${token}\r\n\r\n`,
  );
  await waitFor('the first event', async () => stream.received().includes('event: progress'));
  await flood(api.port, Array(30).fill(''));
  expect(await isServed(api.caller)).toBe(200);
  expect(stream.isClosed()).toBe(false);
});

test('headers and bodies that do not arrive in time end their connection', async () => {
  await using api = await startWith({ requestTimeoutMs: 1000 });
  const sockets = await flood(api.port, UNFINISHED);
  const drip = setInterval(() => {
    for (const { socket } of sockets) if (!socket.destroyed) socket.write('a');
  }, 200);
  try {
    await waitFor('every connection ended', async () => sockets.every(({ isClosed }) => isClosed()), {
      timeoutMs: 30_000,
    });
  } finally {
    clearInterval(drip);
  }
  const answers = sockets.map(({ received }) => received().slice(9, 12));
  expect(answers.filter((status) => status !== '')).not.toContain('200');
});

test('a slow heartbeat is refused in MIG’s shape', async () => {
  await using api = await startWith({ requestTimeoutMs: 1000 });
  const { received } = await openSocket(api.port, defined(UNFINISHED[5]));
  await waitFor('the answer', async () => received().includes('did not arrive within 1000 ms'));
  expect(received()).toMatch(/^HTTP\/1\.1 408 /);
  expect(received()).toContain('{"error":"the body did not arrive within 1000 ms"}');
});

test('a request counts towards the limit only after its body has arrived', async () => {
  await using api = await startWith({ maxRequests: 1 });
  const token = await api.caller.token();
  const slow = await openSocket(
    api.port,
    `POST /api/v1/action/pause/ HTTP/1.1\r\nHost: x\r\nX-PGPAUTHORIZATION: ${token}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\nactionid=`,
  );
  expect(await isServed(api.caller)).toBe(200);
  slow.socket.write('9999');
  await waitFor('its answer', async () => slow.received().startsWith('HTTP/1.1 404'));
});

test('floods of requests with bad tokens or none do not displace investigators', async () => {
  await using api = await startWith({ maxRequests: 2, clientIp: 'x-forwarded-for:0' });
  const time = new Date().toISOString();
  const attacker = { 'X-Forwarded-For': '192.0.2.66' };
  const bad = async (n: number) => {
    const token = { 'X-PGPAUTHORIZATION': `1;${time};${n};bm90IGEgc2lnbmF0dXJl=abcd` };
    const headers = { ...attacker, ...(n % 2 === 0 ? {} : token) };
    const response = await fetch(`${api.url}/dashboard`, { headers });
    await response.text();
    return response.status;
  };
  const flooding = Array.from({ length: 200 }, (_, n) => bad(n));
  const session = await api.caller.send('/session/', {
    method: 'POST',
    headers: { 'X-Forwarded-For': '192.0.2.1' },
  });
  expect(session.status).toBe(201);
  const { token } = session.body.collection.items[0].data[0].value;
  const again = Array.from({ length: 200 }, (_, n) => bad(n));
  const headers = { ...attacker, Authorization: `Bearer ${token}` };
  expect((await fetch(`${api.url}/dashboard`, { headers })).status).toBe(200);
  for (const status of await Promise.all([...flooding, ...again])) expect([401, 429]).toContain(status);
});
