import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { formatAddress } from '../../../../contract/go/ip-address.ts';
import * as darwin from '../../../../modules/netstat/darwin.ts';
import * as linux from '../../../../modules/netstat/linux.ts';
import { listNamespaces } from '../../../../modules/netstat/namespaces.ts';
import { readRuntimeInterfaces } from '../../../../modules/netstat/runtime-interfaces.ts';
import type { Endpoint, Neighbor, Socket } from '../../../../modules/netstat/tables.ts';
import * as windows from '../../../../modules/netstat/windows.ts';

const folder = mkdtempSync(join(tmpdir(), 'mig-netstat-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const linesOf = (name: string) =>
  readFileSync(new URL(`../../../fixtures/modules/netstat/${name}.txt`, import.meta.url), 'utf8').split(
    /\r?\n/,
  );

function socketsIn(name: string, parse: (line: string) => Socket | 'malformed' | undefined): string[] {
  const end = ({ address, port }: Endpoint) =>
    `${address === undefined ? '*' : formatAddress(address)} ${port}`;
  return linesOf(name).flatMap((line) => {
    const row = parse(line);
    if (row === undefined) return [];
    return row === 'malformed' ? [row] : [`${end(row.local)} ${end(row.remote)}`];
  });
}

function neighborsIn(name: string, parse: (line: string) => Neighbor | 'malformed' | undefined): string[] {
  return linesOf(name).flatMap((line) => {
    const row = parse(line);
    if (row === undefined) return [];
    return row === 'malformed' ? [row] : [`${formatAddress(row.address)} ${row.macs.join(' ')}`];
  });
}

test('the tables of Linux have addresses in the byte order of the processor', () => {
  expect(socketsIn('linux-tcp', linux.parseSocketLine)).toEqual([
    '127.0.0.1 5432 0.0.0.0 0',
    '192.0.2.2 40010 198.51.113.7 443',
  ]);
  expect(socketsIn('linux-tcp6', linux.parseSocketLine)).toEqual([
    ':: 22 :: 0',
    '127.0.0.1 443 127.0.0.1 54000',
    '2001:db8::5 52012 2001:db8::20 443',
  ]);
  expect(neighborsIn('linux-arp', linux.parseArpLine)).toEqual([
    '192.0.2.1 02:fc:00:00:00:05',
    '192.0.2.9 00:00:00:00:00:00',
  ]);
});

test('the output of macOS is read with its wildcards, zones and bytes without zeros', () => {
  expect(socketsIn('darwin-netstat-inet', darwin.parseSocketLine)).toEqual([
    '192.168.1.5 52114 198.51.100.20 5223',
    '* 22 * 0',
    '127.0.0.1 631 * 0',
    '192.168.1.5 52098 203.0.113.9 443',
    '* 5353 * 0',
    '* 0 * 0',
  ]);
  expect(socketsIn('darwin-netstat-inet6', darwin.parseSocketLine)).toEqual([
    '2001:db8::5 52120 2001:db8::20 443',
    '* 8080 * 0',
    '::1 631 * 0',
    'fe80::aede:48ff:fe00:1122 49152 fe80::aede:48ff:fe33:4455 59012',
    '* 5353 * 0',
  ]);
  expect(neighborsIn('darwin-arp', darwin.parseArpLine)).toEqual([
    '192.168.1.1 0:1b:63:84:45:e6 00:1b:63:84:45:e6',
    '192.168.1.23 8c:70:5a:c8:be:50 8c:70:5a:c8:be:50',
    '192.168.1.77 (incomplete) (incomplete)',
    '224.0.0.251 1:0:5e:0:0:fb 01:00:5e:00:00:fb',
  ]);
});

test('the output of Windows is read with its brackets and hyphens', () => {
  expect(socketsIn('windows-netstat', windows.parseSocketLine)).toEqual([
    '0.0.0.0 135 0.0.0.0 0',
    '192.168.1.5 49712 198.51.100.20 443',
    '192.168.1.5 49713 203.0.113.9 80',
    '0.0.0.0 500 * 0',
  ]);
  expect(socketsIn('windows-netstat-v6', windows.parseSocketLine)).toEqual([
    ':: 135 :: 0',
    '2001:db8::5 49714 2001:db8::20 443',
    'fe80::1c2d:3e4f 49715 fe80::5a6b:7c8d 445',
    '::1 1900 * 0',
  ]);
  expect(neighborsIn('windows-arp', windows.parseArpLine)).toEqual([
    '192.168.1.1 00:1b:63:84:45:e6 00-1b-63-84-45-e6',
    '192.168.1.255 ff:ff:ff:ff:ff:ff ff-ff-ff-ff-ff-ff',
    '224.0.0.22 01:00:5e:00:00:16 01-00-5e-00-00-16',
  ]);
});

test('no line of a table is a crash', () => {
  const word = fc.oneof(
    fc.constantFrom('tcp4', 'TCP', '0:', '0100007F:0016', '*:*', '*.*', '(', '1.2.3.4'),
    fc.string(),
  );
  const parsers = [linux, darwin, windows].flatMap(({ parseArpLine, parseSocketLine }) => [
    parseArpLine,
    parseSocketLine,
  ]);
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.constantFrom(...parsers), (words, parse) => {
      const row = parse(words.join(' '));
      expect(['undefined', 'string', 'object']).toContain(typeof row);
    }),
  );
});

test('processes are grouped by network namespace, and those that deny it are counted', () => {
  for (const [pid, link] of [
    ['10', 'net:[1]'],
    ['11', 'net:[2]'],
    ['12', 'net:[1]'],
  ] as const) {
    mkdirSync(join(folder, pid, 'ns'), { recursive: true });
    symlinkSync(link, join(folder, pid, 'ns', 'net'));
  }
  mkdirSync(join(folder, '13', 'ns'), { recursive: true });
  writeFileSync(join(folder, '13', 'ns', 'net'), 'no link');
  const { found, errors } = listNamespaces(folder, [10, 11, 12, 13, 14]);
  expect(found).toEqual([
    { name: 'net:[1]', folders: [`${folder}/10/net`, `${folder}/12/net`] },
    { name: 'net:[2]', folders: [`${folder}/11/net`] },
  ]);
  expect(errors).toEqual(['the namespaces of 1 processes are unknown: invalid argument']);
});

test('an interface without hardware address has an empty one, and a zone is no part of an address', () => {
  const entry = { netmask: '', internal: false, cidr: null } as const;
  const read = readRuntimeInterfaces({
    lo: [{ ...entry, family: 'IPv4', address: '127.0.0.1', mac: '00:00:00:00:00:00' }],
    eth0: [
      { ...entry, family: 'IPv6', address: 'fe80::1%eth0', mac: '02:fc:00:00:00:01', scopeid: 2 },
      { ...entry, family: 'IPv4', address: '192.0.2.2', mac: '02:fc:00:00:00:01' },
    ],
  });
  expect(read.macs).toEqual(['', '02:fc:00:00:00:01']);
  expect(read.addresses.map(formatAddress)).toEqual(['127.0.0.1', 'fe80::1', '192.0.2.2']);
});
