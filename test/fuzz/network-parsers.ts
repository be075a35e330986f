import { MigError } from '../../contract/errors.ts';
import { goDuration, parseGoDuration } from '../../contract/go/duration.ts';
import { formatAddress } from '../../contract/go/ip-address.ts';
import * as darwin from '../../modules/netstat/darwin.ts';
import * as linux from '../../modules/netstat/linux.ts';
import type { Neighbor, Socket } from '../../modules/netstat/tables.ts';
import * as windows from '../../modules/netstat/windows.ts';
import { echoRequest, isReplyTo } from '../../modules/ping/echo-packet.ts';
import { formatRfc3339 } from '../../modules/timedrift/format-time.ts';
import { serverOf } from '../../modules/timedrift/ntp-hosts.ts';
import { parseNtpAnswer, TIME_BYTES } from '../../modules/timedrift/ntp-packet.ts';
import { fixture } from './corpus.ts';
import type { Parser } from './parser.ts';

const MAX_TABLE_BYTES = 64 * 1024;
const MAX_DATAGRAM_BYTES = 1024;
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
    {
      name: 'ntp-answer',
      corpus: [Buffer.from(`24020006${'00'.repeat(36)}e8754a0580000000`, 'hex')],
      maxBytes: MAX_DATAGRAM_BYTES,
      parse(input) {
        const networkNs = refusing(() => parseNtpAnswer(input, Buffer.alloc(TIME_BYTES)));
        if (networkNs === undefined) throw new MigError('parameters_invalid', 'not an answer to the request');
        return formatRfc3339(networkNs);
      },
    },
    {
      name: 'ntp-configuration',
      corpus: [Buffer.from('# c\nserver  ntp.example.net iburst\npool x\n')],
      maxBytes: MAX_TABLE_BYTES,
      parse: (input) => input.toString().split('\n').map(serverOf),
    },
    {
      name: 'echo-reply',
      corpus: echoReplies(),
      maxBytes: MAX_DATAGRAM_BYTES,
      parse(input) {
        if ([true, false].some((isIPv6) => isReplyTo(input, { isIPv6, id: 7, sequence: 1 }))) return;
        throw new MigError('parameters_invalid', 'not a reply to the request');
      },
    },
    {
      name: 'duration',
      corpus: ['1h2m3.5s', '-100us', '.5s7ns', '0'].map((text) => Buffer.from(text)),
      maxBytes: MAX_TABLE_BYTES,
      parse: (input) => goDuration(parseGoDuration(input.toString())),
    },
  ];
}

/** Replies of both families, and one behind an IP header. */
function echoReplies(): Buffer[] {
  const [four, six] = [false, true].map((isIPv6) => echoRequest({ isIPv6, id: 7, sequence: 1 }));
  if (four === undefined || six === undefined) throw new Error('a family is missing');
  four[0] = 0;
  six[0] = 129;
  return [four, six, Buffer.concat([Buffer.from(`45${'00'.repeat(19)}`, 'hex'), four])];
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

/** A datagram is refused with a plain error; one of the runtime, such as a range error, is a crash. */
function refusing<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if ((error as Error).constructor !== Error) throw error;
    throw new MigError('parameters_invalid', (error as Error).message);
  }
}
