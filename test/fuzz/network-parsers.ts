import { formatAddress } from '../../modules/netstat/address.ts';
import * as darwin from '../../modules/netstat/darwin.ts';
import * as linux from '../../modules/netstat/linux.ts';
import type { Neighbor, Socket } from '../../modules/netstat/tables.ts';
import * as windows from '../../modules/netstat/windows.ts';
import { fixture } from './corpus.ts';
import type { Parser } from './parser.ts';

const MAX_TABLE_BYTES = 64 * 1024;
const TABLES = [
  'linux-arp',
  'linux-tcp',
  'linux-tcp6',
  'darwin-arp',
  'darwin-netstat-inet',
  'darwin-netstat-inet6',
  'windows-arp',
  'windows-netstat',
  'windows-netstat-v6',
];

/** What an endpoint's kernel, programs and neighbors say of its network. */
export function networkParsers(): Parser[] {
  return [
    {
      name: 'network-table',
      corpus: TABLES.map((name) => fixture(`modules/netstat/${name}.txt`)),
      maxBytes: MAX_TABLE_BYTES,
      parse: (input) => input.toString('latin1').split('\n').flatMap(addressesIn),
    },
  ];
}

function addressesIn(line: string): string[] {
  return [linux, darwin, windows].flatMap(({ parseArpLine, parseSocketLine }) => [
    ...neighborsIn(parseArpLine(line)),
    ...endsIn(parseSocketLine(line)),
  ]);
}

function neighborsIn(row: Neighbor | 'malformed' | undefined): string[] {
  return typeof row === 'object' ? [formatAddress(row.address), ...row.macs] : [];
}

function endsIn(row: Socket | 'malformed' | undefined): string[] {
  if (typeof row !== 'object') return [];
  return [row.local, row.remote].flatMap(({ address }) =>
    address === undefined ? [] : formatAddress(address),
  );
}
