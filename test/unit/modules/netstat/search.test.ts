import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { NO_TERMS } from '../../../../modules/module.ts';
import { Findings } from '../../../../modules/netstat/findings.ts';
import { parseSocketLine } from '../../../../modules/netstat/linux.ts';
import { noticesOf } from '../../../../modules/netstat/notices.ts';
import type { Parameters } from '../../../../modules/netstat/schema.ts';
import { searchNetwork } from '../../../../modules/netstat/search.ts';
import { createTally } from '../../../../modules/netstat/search-run.ts';
import type { Socket, System, Table } from '../../../../modules/netstat/tables.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';
import { linesOfFile } from '../../../../platform/machine/read-lines.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-netstat-search-'));
afterAll(() => rmSync(folder, { recursive: true }));

const REMOTE = { address: 'c6336407', port: 443 };

/** Tables of which each line is a number: the local port of a socket. */
function table(name: string, batches: () => Iterable<string[]>, hasIPv6 = false): Table<never> {
  const parse = (line: string) =>
    line === '' ? 'malformed' : { local: { address: '7f000001', port: Number(line) }, remote: REMOTE };
  return { name, hasIPv6, lines: batches, parse: parse as never };
}

function system(sockets: Table<Socket>[]): System {
  return {
    interfaces: () => ({ macs: ['02:fc:00:00:00:01', ''], addresses: ['7f000001', 'c0000202'] }),
    neighbors: [],
    sockets,
    errors: [],
    noIPv6Neighbors: 'there are none',
  };
}

async function search(
  parameters: Parameters,
  { sockets = [] as Table<Socket>[], terms = NO_TERMS, now = undefined as (() => number) | undefined } = {},
) {
  const findings = new Findings(terms);
  const tally = createTally();
  const clock = createRunClock(terms.endsAtMs, now);
  await searchNetwork({ parameters, system: system(sockets), findings, tally, clock });
  const notices = noticesOf({ errors: tally.errors, limits: [...findings.limits(), ...tally.limits] }, terms);
  return { elements: findings.elements(), tally, found: findings.foundAnything, ...notices };
}

function* million(): Generator<string[]> {
  for (let batch = 0; batch < 1000; batch++) yield Array<string>(1000).fill('22');
}

test('each value has its own findings, and null without any', async () => {
  const { elements, found, tally } = await search(
    { localmac: ['^02:FC', 'zz', ''], localip: ['127.0.0.0/8', '10.0.0.1', '10.0.0.1'] },
    {},
  );
  expect(elements).toEqual({
    localmac: {
      '^02:FC': [{ localmacaddr: '02:fc:00:00:00:01' }],
      zz: null,
      '': [{ localmacaddr: '02:fc:00:00:00:01' }, {}],
    },
    localip: { '127.0.0.0/8': [{ localaddr: '127.0.0.1' }], '10.0.0.1': null },
  });
  expect(found).toBe(true);
  expect(tally.examined).toBe(2 * 3 + 2 * 2);
});

test('a million sockets are searched, and the answer says how many it has no room for', async () => {
  const terms = { ...NO_TERMS, maxBytes: 1_000_000 };
  const answer = await search(
    { connectedip: ['198.51.100.7'], listeningport: ['22', '23'] },
    { sockets: [table('a', million), table('b', () => [['23']])], terms },
  );
  const { listeningport } = answer.elements;
  expect(answer.tally.examined).toBe(1_000_001 * 3);
  expect(listeningport?.['23']).toHaveLength(1);
  expect(JSON.stringify(answer).length).toBeLessThan(1_000_000);
  expect(answer.limits).toHaveLength(2);
  expect(answer.limits?.[1]).toMatch(/^listeningport '22': \d{6} of 1000000 findings were not returned/);
  expect(answer.errors).toEqual(answer.limits);
});

test('a search ends before its time is over, with what it found and where it was', async () => {
  // Each batch of 1,000 lines looks at the clock twice.
  let ms = 0;
  const { elements, limits } = await search(
    { listeningport: ['22'] },
    { sockets: [table('/proc/net/tcp', million)], terms: { ...NO_TERMS, endsAtMs: 9 }, now: () => ms++ },
  );
  expect(elements.listeningport?.['22']).toHaveLength(5000);
  expect(limits).toEqual([
    'the search was ended after 0.0 s, before its time was over, in /proc/net/tcp after 5000 lines: nothing after it was searched',
  ]);
});

test('a malformed line and a missing table are errors, and the other rows count', async () => {
  const missing = () => {
    throw Object.assign(new Error('x'), { code: 'ENOENT', syscall: 'open', path: '/proc/net/tcp6' });
  };
  const { elements, errors, limits } = await search(
    { connectedip: ['198.51.100.7'], listeningport: ['22'] },
    { sockets: [table('tcp', () => [['22', ''], ['']]), table('tcp6', missing, true)] },
  );
  expect(elements.listeningport?.['22']).toHaveLength(1);
  expect(errors).toEqual([
    'HasIPConnected(): tcp: 2 malformed lines were skipped, the first is line 2',
    'HasListeningPort(): tcp: 2 malformed lines were skipped, the first is line 2',
    'HasIPConnected(): open /proc/net/tcp6: no such file or directory',
    'HasListeningPort(): open /proc/net/tcp6: no such file or directory',
  ]);
  expect(limits).toBeUndefined();
});

test('a search for an IPv6 neighbor is never answered with silence', async () => {
  const { errors } = await search({ neighborip: ['fe80::1', '10.0.0.1'] });
  expect(errors).toEqual(['HasSeenIP(): 1 IPv6 values were not searched: there are none']);
});

test('IPv4 tables are not read for addresses of IPv6', async () => {
  const { tally } = await search(
    { connectedip: ['::1'] },
    { sockets: [table('tcp', million), table('tcp6', () => [['1']], true)] },
  );
  expect(tally.examined).toBe(1);
});

test('a thousand errors are cut, and counted', () => {
  const errors = Array.from({ length: 1000 }, (_, i) => `error ${i}`);
  const { errors: shown } = noticesOf({ errors, limits: [] }, NO_TERMS);
  expect(shown).toHaveLength(101);
  expect(shown?.at(-1)).toBe('900 more errors');
});

/** A row as the kernel prints it: from 127.0.0.1 to port 443 of 198.51.100.7. */
function rowOfKernel(index: number): string {
  const [number, port] = [
    String(index).padStart(4),
    (index % 65_536).toString(16).toUpperCase().padStart(4, '0'),
  ];
  const counters =
    '00000000:00000000 00:00000000 00000000  1000        0 81234 1 0000000000000000 20 4 30 10 -1';
  return `${number}: 0100007F:${port} 076433C6:01BB 01 ${counters}\n`;
}

test('a million rows of /proc/net/tcp are read, and the answer keeps within its bytes', async () => {
  const file = join(folder, 'tcp');
  writeFileSync(file, Array.from({ length: 10_000 }, (_, index) => rowOfKernel(index)).join(''));
  const tcp: Table<Socket> = {
    name: file,
    hasIPv6: false,
    parse: parseSocketLine,
    *lines() {
      for (let round = 0; round < 100; round++) yield* linesOfFile(file);
    },
  };
  const terms = { ...NO_TERMS, maxBytes: 200_000 };
  const answer = await search(
    { connectedip: ['198.51.100.7'], listeningport: ['22'] },
    { sockets: [tcp], terms },
  );
  expect(answer.tally.examined).toBe(2_000_000);
  expect(answer.elements.listeningport?.['22']?.[0]).toEqual({ localaddr: '127.0.0.1', localport: 22 });
  expect(JSON.stringify(answer).length).toBeLessThan(200_000);
  expect(answer.limits?.[0]).toMatch(
    /^connectedip '198\.51\.100\.7': \d+ of 1000000 findings were not returned/,
  );
});
