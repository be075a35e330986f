import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { checkDrift } from '../../../../modules/timedrift/check-drift.ts';
import { listNtpHosts } from '../../../../modules/timedrift/ntp-hosts.ts';
import { createResources } from '../../../../platform/async/resources.ts';

const SECOND = 1_000_000_000n;
const resources = createResources();
const folder = mkdtempSync(join(tmpdir(), 'mig-ntp-'));
const configFile = join(folder, 'ntp.conf');
resources.defer(() => rmSync(folder, { recursive: true, force: true }));
afterAll(() => resources[Symbol.asyncDispose]());

/** A time server whose clock is ahead by some seconds, or that sends other datagrams. Returns its port. */
async function serve({
  aheadSeconds = 0,
  reply = undefined as Buffer | undefined,
  change = (answer: Buffer) => [answer],
  requests = [] as Buffer[],
} = {}) {
  const socket = createSocket('udp4');
  socket.on('message', (request, { port, address }) => {
    requests.push(request);
    const answers = reply ? [reply] : change(timeOf(request, Date.now() + aheadSeconds * 1000));
    for (const answer of answers) if (answer.length > 0) socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  resources.defer(() => socket.close());
  return socket.address().port;
}

function timeOf(request: Buffer, ms: number): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = 0x24;
  packet[1] = 1;
  request.copy(packet, 24, 40, 48);
  packet.writeUInt32BE(Math.floor(ms / 1000) + 2_208_988_800, 40);
  packet.writeUInt32BE(Math.max(1, Math.floor(((ms % 1000) / 1000) * 2 ** 32)), 44);
  return packet;
}

function compare(
  port: number,
  { driftNs = 2n * SECOND, hosts = ['127.0.0.1'], endsAtMs = Number.POSITIVE_INFINITY } = {},
) {
  writeFileSync(configFile, hosts.map((host) => `server ${host} iburst\n`).join(''));
  return checkDrift({ driftNs, terms: { endsAtMs }, sources: { configFile, fallbacks: [] }, port });
}

test('a clock within the drift is no finding', async () => {
  const requests: Buffer[] = [];
  const compared = await compare(await serve({ requests }));
  expect(compared).toMatchObject({
    foundanything: false,
    success: true,
    elements: { hascheckeddrift: true, iswithindrift: true },
    statistics: { ntpstats: [{ host: '127.0.0.1', reachable: true }] },
    errors: [],
  });
  expect(Object.keys(compared.elements)).toEqual(['hascheckeddrift', 'iswithindrift']);
  expect(requests.map((request) => request.toString('hex').slice(0, 80))).toEqual([`1b${'0'.repeat(78)}`]);
});

test('no two requests have the same transmit time, and none has that of the clock', async () => {
  const requests: Buffer[] = [];
  const port = await serve({ requests });
  for (let i = 0; i < 4; i++) await compare(port);
  const times = requests.map((request) => request.toString('hex', 40));
  expect(new Set(times).size).toBe(4);
  expect(new Set(times.map((time) => time.slice(0, 8))).size).toBe(4);
});

test('a forged datagram before the answer is skipped', async () => {
  const forged = (answer: Buffer) => {
    const copy = Buffer.from(answer);
    copy.fill(0, 24, 32);
    copy.writeUInt32BE(copy.readUInt32BE(40) + 3600, 40);
    return copy;
  };
  const port = await serve({ change: (answer) => [forged(answer), Buffer.alloc(10), answer] });
  expect(await compare(port)).toMatchObject({
    success: true,
    elements: { iswithindrift: true },
    errors: [],
  });
});

test('the error of a server that did not answer counts what else came', async () => {
  const zeros = (answer: Buffer) => Buffer.from(answer).fill(0, 24, 32);
  const port = await serve({ change: (answer) => [zeros(answer), zeros(answer)] });
  const compared = await compare(port, { endsAtMs: performance.now() + 300 });
  expect(compared.success).toBe(false);
  expect(compared.errors[0]).toBe(
    'NTP host 127.0.0.1 cannot be used: 127.0.0.1 did not answer in time: got 2 answers that do not belong to the question',
  );
});

test('a server that is not synchronized is left, and the next one is asked', async () => {
  let asked = 0;
  const port = await serve({
    change(answer) {
      asked++;
      if (asked === 1) answer[0] = 0xe4;
      if (asked === 2) answer[1] = 16;
      return [answer];
    },
  });
  const compared = await compare(port, { hosts: ['127.0.0.1', '127.0.0.1', '127.0.0.1'] });
  expect(compared.success).toBe(true);
  expect(compared.errors).toEqual([
    'NTP host 127.0.0.1 cannot be used: the server is not synchronized: leap indicator 3',
    'NTP host 127.0.0.1 cannot be used: the server is not synchronized: stratum 16',
  ]);
});

test('a clock that is behind or ahead is found, with the difference', async () => {
  const behind = await compare(await serve({ aheadSeconds: 60 }));
  expect(behind).toMatchObject({ foundanything: true, success: true });
  expect(Object.keys(behind.elements)).toEqual(['hascheckeddrift', 'drifts']);
  expect(behind.elements.drifts?.join()).toMatch(
    /^Local time is behind ntp host 127\.0\.0\.1 by (5\d|1m\d)[\d.]*s$/,
  );
  const ahead = await compare(await serve({ aheadSeconds: -60 }));
  expect(ahead.elements.drifts?.join()).toMatch(
    /^Local time is ahead of ntp host 127\.0\.0\.1 by (5\d|1m\d)[\d.]*s$/,
  );
  expect(ahead.statistics.ntpstats?.[0]?.drift).toMatch(/^(5\d|1m\d)/);
});

test.each([
  ['too short', Buffer.alloc(10, 0x24)],
  ['of zeros', Buffer.alloc(48)],
  ['a request', Buffer.from(`1b${'00'.repeat(47)}`, 'hex')],
  ['of 60,000 random bytes', Buffer.alloc(60_000, 0xff)],
])('an answer that is %s makes a server unreachable', async (_, reply) => {
  const compared = await compare(await serve({ reply }), { endsAtMs: performance.now() + 300 });
  expect(compared).toMatchObject({
    foundanything: false,
    success: false,
    elements: { hascheckeddrift: false, iswithindrift: true },
    statistics: {
      ntpstats: [
        { host: '127.0.0.1', time: '0001-01-01T00:00:00Z', latency: '', drift: '', reachable: false },
      ],
    },
  });
  expect(compared.errors).toHaveLength(2);
  expect(compared.errors[1]).toBe('no NTP host has answered');
});

test('a silent server is left, the next one is asked, and the rest are not', async () => {
  const requests: Buffer[] = [];
  const port = await serve({ requests });
  const compared = await compare(port, { hosts: ['127.0.0.2', '127.0.0.1', '127.0.0.1'] });
  expect(compared.statistics.ntpstats?.map(({ reachable }) => reachable)).toEqual([false, true]);
  expect(compared.success).toBe(true);
  expect(requests).toHaveLength(1);
});

test('the comparison ends before its time is over, and says which servers it did not ask', async () => {
  const port = await serve({ reply: Buffer.alloc(0) });
  const startedMs = performance.now();
  const compared = await compare(port, {
    hosts: ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    endsAtMs: startedMs + 300,
  });
  expect(performance.now() - startedMs).toBeLessThan(4_000);
  expect(compared.limits).toEqual([
    'the comparison was ended before its time was over: 2 of 3 NTP hosts were not asked',
  ]);
  expect(compared.success).toBe(false);
});

test('servers are those of the configuration, then the fallbacks', () => {
  writeFileSync(
    configFile,
    '# server no\nserver one iburst\r\n  server\ttwo\nserver\npool three\nserver \u001b[31m\n',
  );
  const sources = { configFile, fallbacks: ['last'] };
  expect(listNtpHosts(sources)).toEqual({ hosts: ['one', 'two', '\u001b[31m', 'last'] });
  writeFileSync(configFile, 'server a\n'.repeat(1_000_000));
  expect(listNtpHosts(sources).hosts).toHaveLength(101);
});

test('a configuration that cannot be read is a soft error', () => {
  const fallbacks = ['last'];
  expect(listNtpHosts({ configFile: join(folder, 'none'), fallbacks })).toEqual({
    hosts: ['last'],
    error: `Using backup NTP hosts. Failed to read ${folder}/none with error 'open ${folder}/none: no such file or directory'`,
  });
  expect(listNtpHosts({ configFile: '/dev/zero', fallbacks }).error).toContain('not a regular file');
});
