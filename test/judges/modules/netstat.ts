import type { ModuleResult } from '../../../contract/module-result.ts';
import type { Finding } from '../../../modules/netstat/finding.ts';
import { openRoom } from '../planted/room.ts';
import { plantSockets } from '../planted/sockets.ts';
import { linesOf } from '../programs.ts';
import type { Explanation, Judge, ModuleQuestions, Question } from '../question.ts';

const EVERY_REMOTE = ['0.0.0.0/0', '::/0'];
const LISTENER = `
  ip link set lo up
  ip link add planted0 type dummy 2>/dev/null && {
    ip link set planted0 up
    ip addr add 192.0.2.77/24 dev planted0
    ip neigh add 192.0.2.78 lladdr 02:00:00:00:00:78 dev planted0 nud permanent
    ip neigh add 192.0.2.79 lladdr 02:00:00:00:00:79 dev planted0 nud permanent
  }
  exec "$1" -e "require('net').createServer().listen(0, '127.0.0.1', () => console.log('ready'))"
`;

export const netstatQuestions: ModuleQuestions = {
  module: 'netstat',
  async open(resources) {
    const { ports } = resources.use(await plantSockets());
    const room = resources.use(await openRoom(LISTENER, process.execPath));
    return [
      ...machineQuestions(ports),
      ...interfaceQuestions('of this machine', []),
      ...interfaceQuestions('of another network', room.wrapper),
      {
        what: 'every socket of another network',
        parameters: { connectedip: EVERY_REMOTE },
        wrapper: room.wrapper,
        judges: [ss(room.wrapper)],
      },
      {
        what: 'the sockets of every network',
        parameters: { connectedip: EVERY_REMOTE, namespaces: true },
        mig: { explained: [DENIED] },
      },
      ...spellings(),
    ];
  },
};

const DENIED: Explanation = {
  lines: /^ours error the namespaces of \d+ processes are unknown/,
  because: 'MIG does not say that a process denies its namespace',
  isPossible: true,
};

function machineQuestions(ports: readonly number[]): Question[] {
  const sports = ports.map((port) => `sport = :${port}`).join(' or ');
  return [
    {
      what: 'every socket',
      parameters: { connectedip: EVERY_REMOTE },
      judges: [
        ss([]),
        {
          program: 'netstat',
          theirs: () =>
            linesOf(['netstat', '-tuanW']).flatMap((line) => endsOf(line.split(/\s+/).slice(3, 5))),
          ours: socketLines,
        },
      ],
    },
    {
      what: 'the planted ports',
      parameters: { listeningport: ports.map(String) },
      judges: [
        {
          program: 'ss',
          theirs: () => linesOf(['ss', '-Htuan', sports]).map((line) => plainEnd(line.split(/\s+/)[4] ?? '')),
          ours: ({ elements }) =>
            findingsOf(elements, 'listeningport').map(
              ({ localaddr, localport }) => `${localaddr} ${localport}`,
            ),
        },
      ],
    },
  ];
}

function interfaceQuestions(where: string, wrapper: readonly string[]): Question[] {
  const inRoom = wrapper.length === 0 ? {} : { wrapper };
  const addressesBy = (args: string[], pattern: RegExp) =>
    linesOf([...wrapper, 'ip', ...args]).flatMap((line) => pattern.exec(line)?.slice(1).join(' ') ?? []);
  return [
    {
      what: `the addresses ${where}`,
      parameters: { localip: EVERY_REMOTE },
      ...inRoom,
      judges: [
        {
          program: 'ip',
          theirs: () => addressesBy(['-o', 'addr'], /inet6? ([^/ ]+)/),
          ours: ({ elements }) => findingsOf(elements, 'localip').map(({ localaddr }) => String(localaddr)),
        },
      ],
    },
    {
      what: `the hardware addresses ${where}`,
      parameters: { localmac: [':'] },
      ...inRoom,
      judges: [
        {
          program: 'ip',
          theirs: () => addressesBy(['-o', 'link'], /link\/ether (\S+)/),
          ours: ({ elements }) =>
            findingsOf(elements, 'localmac').map(({ localmacaddr }) => String(localmacaddr)),
        },
      ],
    },
    {
      what: `the neighbors ${where}`,
      parameters: { neighborip: ['0.0.0.0/0'], neighbormac: ['[1-9a-f]'] },
      ...inRoom,
      judges: [
        {
          program: 'ip',
          theirs: () => addressesBy(['-4', 'neigh'], /^(\S+) .*lladdr (\S+)/),
          ours: ({ elements }) =>
            findingsOf(elements, 'neighbormac').map(
              ({ remoteaddr, remotemacaddr }) => `${remoteaddr} ${remotemacaddr}`,
            ),
        },
      ],
    },
  ];
}

/** Values that programs spell in several ways. */
function spellings(): Question[] {
  return [
    {
      what: 'a long spelling of ::1',
      parameters: { localip: ['::0001'] },
      mig: {
        explained: [
          {
            lines: /^(ours|theirs) (foundanything|elements)/,
            because: 'MIG compares the text of an address, and never finds another spelling',
          },
        ],
      },
    },
    {
      what: 'a neighbor of IPv6',
      parameters: { neighborip: ['fe80::1'] },
      mig: {
        explained: [
          { lines: /^ours error /, because: 'MIG does not say that it looks for no IPv6 neighbors' },
        ],
      },
    },
    { what: 'no address: octal digits', parameters: { connectedip: ['010.0.0.1'] } },
    { what: 'no address: a wrong mask', parameters: { connectedip: ['10.0.0.0/33'] } },
    { what: 'no port: too high', parameters: { listeningport: ['65536'] } },
    { what: 'no port: a word', parameters: { listeningport: ['http'] } },
    { what: 'nothing at all', parameters: {} },
  ];
}

function ss(wrapper: readonly string[]): Judge {
  return {
    program: 'ss',
    theirs: () =>
      linesOf([...wrapper, 'ss', '-Htuan']).flatMap((line) => endsOf(line.split(/\s+/).slice(4, 6))),
    ours: socketLines,
  };
}

function socketLines({ elements }: ModuleResult): string[] {
  return findingsOf(elements, 'connectedip').map(
    ({ localaddr, localport = 0, remoteaddr, remoteport = 0 }) =>
      `${localaddr} ${localport} - ${remoteaddr} ${remoteport}`,
  );
}

function findingsOf(elements: unknown, group: string): Finding[] {
  const values = (elements as Record<string, Record<string, Finding[] | null>>)[group] ?? {};
  return Object.values(values).flatMap((findings) => findings ?? []);
}

/** Nothing for the lines of a heading. */
function endsOf(ends: readonly string[]): string[] {
  const line = ends.map(plainEnd).join(' - ');
  return ends.length < 2 || line.includes('undefined') ? [] : [line];
}

/** As the module writes an end: without brackets, zone and the prefix of mapped addresses; 0 for any port. */
function plainEnd(end: string): string {
  const [, host, port] = /^(.*):(\d+|\*)$/.exec(end) ?? [];
  const address = host?.replace(/[[\]]|%.*$/g, '').replace('::ffff:', '');
  return `${address === '*' ? '::' : address} ${port === '*' ? 0 : port}`;
}
