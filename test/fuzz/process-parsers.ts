import { MigError } from '../../contract/errors.ts';
import { readLayout } from '../../modules/memory/layout.ts';
import { parseMapping } from '../../modules/memory/maps.ts';
import { parseSocketLine } from '../../modules/process/socket-table.ts';
import { parsePs } from '../../platform/machine/list-processes.ts';
import { parseProcessStat } from '../../platform/machine/proc-stat.ts';
import { parseUsers } from '../../platform/machine/users.ts';
import type { Parser } from './parser.ts';

const TEXT_BYTES = 64 * 1024;

/** Files of /proc, which processes fill with what they like. */
export function processParsers(): Parser[] {
  return [
    {
      name: 'proc-maps',
      corpus: [Buffer.from(MAPS)],
      maxBytes: TEXT_BYTES,
      parse(input) {
        const lines = input.toString('latin1').split('\n');
        return readLayout(
          lines.flatMap((line) => parseMapping(line) ?? []),
          () => {},
        );
      },
    },
    {
      name: 'proc-net',
      corpus: [Buffer.from(SOCKETS)],
      maxBytes: TEXT_BYTES,
      parse: (input) => input.toString('latin1').split('\n').map(parseSocketLine),
    },
    {
      name: 'proc-stat',
      corpus: [Buffer.from(STAT)],
      maxBytes: TEXT_BYTES,
      parse(input) {
        try {
          return parseProcessStat(input.toString('latin1'));
        } catch (cause) {
          throw new MigError('parameters_invalid', 'not a process', { cause });
        }
      },
    },
    {
      name: 'process-listing',
      corpus: [Buffer.from(LISTING)],
      maxBytes: TEXT_BYTES,
      parse: (input) => parsePs(input.toString(), input.toString()),
    },
    {
      name: 'passwd',
      corpus: [Buffer.from('root:x:0:0:root:/root:/bin/bash\n+nis::::::\n')],
      maxBytes: TEXT_BYTES,
      parse: (input) => parseUsers(input.toString('utf8')),
    },
  ];
}

const STAT = '4242 (mig) R 1 (x) T 17 42 42 0 -1 4194560 9 8 7 6 150 50 30 20 20 0 1 0 98 10 2 4';
const LISTING =
  '  501 Mon Nov 30 09:15:00 2026     /usr/local/bin/mig agent\n  501 /usr/local/bin/mig agent -d x\n';
const SOCKETS = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   1: 0100007F:0CEA 0202000A:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 81234 1 0000000000000000 1
`;
const MAPS = `55d4c8a4e000-55d4c8a50000 r--p 00000000 fd:00 1234      /usr/bin/app (deleted)
7ffd1c000000-7ffd1c021000 rw-p 00000000 00:00 0                  [stack]
7f0000000000-7f0040000000 rw-s 00000000 00:01 5                  /memfd:a b\\012c
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]
`;
