import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePort } from '../../dev/ports.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createLogger } from '../../platform/log.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { createFileSink } from '../../worker/sinks/file-sink.ts';
import { runSink } from '../../worker/sinks/run-sink.ts';
import type { Sink } from '../../worker/sinks/sink.ts';
import { createSyslogSink, type SyslogTarget } from '../../worker/sinks/syslog-sink.ts';
import { startWebhooks } from '../../worker/webhooks/start-webhooks.ts';
import { log, openPlatform, type Platform } from '../setup/platform.ts';
import { createWebhook, emit, openReceiver, quickWebhooks } from '../setup/webhooks.ts';

let platform: Platform;
/** As the worker's role. */
let pool: Pool;
const folder = mkdtempSync(join(tmpdir(), 'mig-sinks-'));

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  pool = createPool({ url: platform.slot.urlOf('migscheduler', platform.slot.name), name: 'test' });
});
afterAll(async () => {
  await pool?.end();
  await platform?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await platform.pool.query('DELETE FROM event_readers');
});

const checkpoint = () => {};
/** Runs a sink, once its position is known: what happens from then on is its. */
async function start(sink: Sink) {
  const running = runSink({ pool, log, checkpoint }, sink);
  await waitFor('the position', async () => (await pool.query('SELECT FROM event_readers')).rowCount === 1);
  return running;
}

const numbersIn = (text: string): number[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line.slice(line.indexOf('{'))).data.waiverid);

/** The numbers in a file that may not be there yet. */
const linesOf = (file: string) => (existsSync(file) ? numbersIn(readFileSync(file, 'utf8')) : []);

test('two workers with one file write each event once, in order', async () => {
  const file = join(folder, 'common');
  await using first = await start(createFileSink({ file, format: 'jsonl' }));
  await using second = await start(createFileSink({ file, format: 'jsonl' }));
  const expected = Array.from({ length: 300 }, (_, n) => n);
  for (const n of expected) {
    await emit(platform, n);
    first.wake();
    second.wake();
  }
  const read = () => numbersIn(readFileSync(file, 'utf8'));
  await waitFor('all lines', () => read().length >= 300, { timeoutMs: 60_000 });
  expect(read()).toEqual(expected);
});

test('a file that cannot be written gets everything once it can', async () => {
  const place = join(folder, 'later');
  const file = join(place, 'events');
  await using sink = await start(createFileSink({ file, format: 'jsonl' }));
  for (let n = 0; n < 5; n++) await emit(platform, n);
  sink.wake();
  await waitFor('failures', async () => {
    const { rows } = await pool.query(`SELECT lastid FROM event_readers WHERE name = 'file'`);
    return rows[0].lastid === 0;
  });
  mkdirSync(place);
  await waitFor('the lines', () => linesOf(file).length === 5);
  expect(numbersIn(readFileSync(file, 'utf8'))).toEqual([0, 1, 2, 3, 4]);
});

test('a sink that hangs holds back neither webhooks nor other sinks, and nobody else writes to it', async () => {
  const begun: number[] = [];
  let end = () => {};
  const hanging: Sink = {
    name: 'syslog',
    write: async (events) => {
      begun.push(...events.map(({ detail }) => Number(detail.waiverid)));
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    },
    close: async () => {},
  };
  const file = join(folder, 'beside');
  await using first = await start(hanging);
  await using receiver = await openReceiver();
  await createWebhook(platform, { name: 'beside', url: receiver.url });
  const deps = { pool, log, resolve: async () => [], checkpoint };
  await using webhooks = startWebhooks(deps, quickWebhooks());
  await using beside = runSink({ pool, log, checkpoint }, createFileSink({ file, format: 'jsonl' }));
  await waitFor('the readers', async () => (await pool.query('SELECT FROM event_readers')).rowCount === 3);
  await emit(platform, 1);
  first.wake();
  await waitFor('the write that hangs', () => begun.length > 0);
  const second = runSink({ pool, log, checkpoint }, { ...hanging });
  await emit(platform, 2);
  for (const reader of [webhooks, beside, second]) reader.wake();
  await waitFor('the posts', () => receiver.posts.length === 2);
  await waitFor('the lines', () => linesOf(file).length === 2);
  expect(begun).toEqual([1]);
  end();
  await waitFor('the next write', () => begun.length === 2);
  end();
  await second[Symbol.asyncDispose]();
  expect(begun).toEqual([1, 2]);
});

test('a write beyond its limit is reported, and its events are not written a second time when it ends', async () => {
  const writes: number[] = [];
  let end = () => {};
  const slow: Sink = {
    name: 'file',
    write: async (events) => {
      writes.push(events.length);
      await new Promise<void>((resolve) => {
        end = resolve;
      });
    },
    close: async () => {},
  };
  const lines: Record<string, unknown>[] = [];
  const logging = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
  await using first = runSink({ pool, log: logging, checkpoint, writeLimitMs: 300 }, slow);
  await waitFor('the position', async () => (await pool.query('SELECT FROM event_readers')).rowCount === 1);
  await emit(platform, 1);
  first.wake();
  await waitFor('the report', () => lines.length === 1);
  expect(lines[0]).toMatchObject({
    level: 'error',
    msg: 'events not written',
    error: 'nothing was written for 0.3 seconds',
  });
  const heldUntil = async () => (await pool.query('SELECT helduntil FROM event_readers')).rows[0].helduntil;
  const before = await heldUntil();
  await waitFor('a longer claim', async () => (await heldUntil()) > before);
  end();
  await waitFor('the end of the claim', async () => (await heldUntil()) === null);
  await waitFor('the end of the report', () => lines.at(-1)?.msg === 'events are written again');
  expect(writes).toEqual([1]);
});

test('whoever wrote after its claim had ended does not move the position back', async () => {
  let end = () => {};
  const late: Sink = {
    name: 'file',
    write: () =>
      new Promise<void>((resolve) => {
        end = resolve;
      }),
    close: async () => {},
  };
  const file = join(folder, 'taken-over');
  await using first = await start(late);
  await emit(platform, 1);
  first.wake();
  await waitFor(
    'the claim',
    async () => (await pool.query('SELECT FROM event_readers WHERE holder IS NOT NULL')).rowCount === 1,
  );
  await pool.query(`UPDATE event_readers SET helduntil = now() - interval '1 second'`);
  await emit(platform, 2);
  await using _second = runSink({ pool, log, checkpoint }, createFileSink({ file, format: 'jsonl' }));
  await waitFor('the lines', () => linesOf(file).length === 2);
  const position = async () => (await pool.query('SELECT lastid FROM event_readers')).rows[0].lastid;
  await waitFor('the position', async () => (await position()) > 0);
  const written = await position();
  end();
  await first[Symbol.asyncDispose]();
  expect(await position()).toBe(written);
  expect(linesOf(file)).toEqual([1, 2]);
});

test('a disk that is full for a while loses nothing, and is logged once', {
  skip: process.platform !== 'linux' || process.getuid?.() !== 0,
}, async () => {
  const disk = mkdtempSync(join(tmpdir(), 'mig-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  try {
    const file = join(disk, 'events');
    const ballast = join(disk, 'ballast');
    writeFileSync(ballast, Buffer.alloc(56 * 1024));
    const lines: Record<string, unknown>[] = [];
    const logging = createLogger('test', 'info', { write: (line) => void lines.push(JSON.parse(line)) });
    await using sink = runSink({ pool, log: logging, checkpoint }, createFileSink({ file, format: 'jsonl' }));
    await waitFor('the position', async () => (await pool.query('SELECT FROM event_readers')).rowCount === 1);
    const expected = Array.from({ length: 200 }, (_, n) => n);
    for (const n of expected) await emit(platform, n);
    sink.wake();
    await waitFor('the report', () => lines.length > 0);
    expect(lines).toMatchObject([{ level: 'error', error: expect.stringMatching(/ENOSPC/) }]);
    expect(readFileSync(file, 'utf8')).toMatch(/^$|\n$/);
    rmSync(ballast);
    await waitFor('all lines', () => linesOf(file).length >= 200, { timeoutMs: 30_000 });
    expect(linesOf(file)).toEqual(expected);
    await waitFor('the end of the report', () => lines.at(-1)?.msg === 'events are written again');
    expect(lines).toHaveLength(2);
  } finally {
    execFileSync('umount', ['-l', disk]);
    rmSync(disk, { recursive: true });
  }
});

/** Reads messages with their lengths before them (RFC 6587). */
function readFrames(text: string): string[] {
  const frames: string[] = [];
  let rest = text;
  for (;;) {
    const [head, length] = /^(\d+) /.exec(rest) ?? [];
    if (head === undefined || rest.length < head.length + Number(length)) return frames;
    frames.push(rest.slice(head.length, head.length + Number(length)));
    rest = rest.slice(head.length + Number(length));
  }
}

type Listen = (onSocket: (socket: Socket) => void) => Server;

async function receive(listen: Listen) {
  const connections: { text: string; socket: Socket }[] = [];
  const server = listen((socket) => {
    const connection = { text: '', socket };
    connections.push(connection);
    socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', (chunk: string) => {
      connection.text += chunk;
    });
  });
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    port,
    connections,
    frames: () => connections.flatMap(({ text }) => readFrames(text)),
    [Symbol.asyncDispose]: async () => {
      for (const { socket } of connections) socket.destroy();
      server.close();
    },
  };
}

const sinkTo = (target: SyslogTarget) => createSyslogSink({ target, format: 'jsonl', hostname: 'wörker 1' });

const MESSAGE = /^<13[24]>1 \d{4}-\d\d-\d\dT\S+Z wrker1 mig - sweep\.waived - \{/;

test('syslog over TCP gets a message of RFC 5424 for each event, and again after its receiver was away', async () => {
  await using receiver = await receive((onSocket) => createServer(onSocket));
  await using sink = await start(sinkTo({ transport: 'tcp', host: '127.0.0.1', port: receiver.port }));
  await emit(platform, 1);
  sink.wake();
  await waitFor('a message', () => receiver.frames().length === 1);
  receiver.connections[0]?.socket.destroy();
  await waitFor('the end of the connection', () => receiver.connections[0]?.socket.closed);
  await new Promise((resolve) => setImmediate(resolve));
  await emit(platform, 2);
  sink.wake();
  await waitFor('the next message', () => receiver.frames().some((frame) => numbersIn(frame)[0] === 2));
  for (const frame of receiver.frames()) expect(frame).toMatch(MESSAGE);
});

test('syslog over TLS goes only to a receiver that its authority knows', async () => {
  const { files } = platform.slot.services.relay;
  const folder = dirname(files.ca);
  const [ca, cert, key] = ['ca.crt', 'relay.crt', 'relay.key'].map((name) =>
    readFileSync(join(folder, name), 'utf8'),
  );
  await using receiver = await receive((onSocket) => createTlsServer({ cert, key }, onSocket));
  const target = {
    transport: 'tls',
    host: '127.0.0.1',
    port: receiver.port,
    cert: undefined,
    key: undefined,
  } as const;
  const event = { id: 1, at: '2026-11-30T22:00:00Z', kind: 'sweep.waived', detail: { waiverid: 1 } };
  const stranger = sinkTo({ ...target, ca: undefined });
  await expect(stranger.write([event])).rejects.toThrow('unable to verify the first certificate');
  const known = sinkTo({ ...target, ca });
  await known.write([event]);
  await known.close();
  await waitFor('the message', () => receiver.frames().length === 1);
  expect(receiver.frames()[0]).toMatch(MESSAGE);
});

test('a receiver of syslog that takes nothing loses nothing', async () => {
  const sink = sinkTo({ transport: 'tcp', host: '127.0.0.1', port: await freePort() });
  const event = { id: 1, at: '2026-11-30T22:00:00Z', kind: 'sweep.waived', detail: {} };
  await expect(sink.write([event])).rejects.toThrow();
});
