import { readLayout } from '../../modules/memory/layout.ts';
import { parseMapping } from '../../modules/memory/maps.ts';
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
  ];
}

const MAPS = `55d4c8a4e000-55d4c8a50000 r--p 00000000 fd:00 1234      /usr/bin/app (deleted)
7ffd1c000000-7ffd1c021000 rw-p 00000000 00:00 0                  [stack]
7f0000000000-7f0040000000 rw-s 00000000 00:01 5                  /memfd:a b\\012c
ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0          [vsyscall]
`;
