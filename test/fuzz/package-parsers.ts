import { gunzipSync } from 'node:zlib';
import { MigError } from '../../contract/errors.ts';
import {
  DatabaseDamaged,
  type DatabaseFile,
  type Step,
} from '../../platform/machine/packages/database-file.ts';
import { statusPackages } from '../../platform/machine/packages/dpkg-status.ts';
import { DPKG, RPM } from '../../platform/machine/packages/package-programs.ts';
import { readBerkeley } from '../../platform/machine/packages/rpm-berkeley.ts';
import { parseRpmHeader } from '../../platform/machine/packages/rpm-header.ts';
import { readNdb } from '../../platform/machine/packages/rpm-ndb.ts';
import { readSqlite } from '../../platform/machine/packages/rpm-sqlite.ts';
import { fixture } from './corpus.ts';
import type { Parser } from './parser.ts';

const MAX_DATABASE_BYTES = 1024 ** 2;
const MAX_TEXT_BYTES = 64 * 1024;
const READERS = [readBerkeley, readNdb, readSqlite];
const STATUS =
  'Package: a\nStatus: install ok installed\nMulti-Arch: same\nVersion: 1:2-3\nArchitecture: amd64\n\n';

/** What an endpoint's owner can write where packages are listed. */
export function packageParsers(): Parser[] {
  return [
    {
      name: 'rpm-database',
      corpus: ['Packages', 'Packages.db', 'rpmdb.sqlite'].map((name) =>
        gunzipSync(fixture(`modules/pkg/${name}.gz`)),
      ),
      maxBytes: MAX_DATABASE_BYTES,
      parse: readDatabase,
    },
    {
      name: 'dpkg-status',
      corpus: [Buffer.from(STATUS.repeat(3))],
      maxBytes: MAX_TEXT_BYTES,
      parse: (input) => [...statusPackages(input.toString().split('\n'))],
    },
    {
      name: 'package-lines',
      corpus: [Buffer.from('bash 4.2.46-34.el7 x86_64\n'), Buffer.from('ii  bash  5.1-2  amd64  shell\n')],
      maxBytes: MAX_TEXT_BYTES,
      parse: (input) =>
        input
          .toString()
          .split('\n')
          .flatMap((line) => [RPM.parseLine(line), DPKG.parseLine(line)]),
    },
  ];
}

/** Reads bytes in each format. They are refused when none can read them. */
function readDatabase(input: Buffer, progress: () => void): void {
  const refusals = READERS.flatMap((read) => refusalOf(() => readAll(read(fileOf(input)), progress)));
  if (refusals.length === READERS.length) throw new MigError('parameters_invalid', refusals.join('; '));
}

function readAll(steps: Generator<Step>, progress: () => void): void {
  for (const step of steps) {
    if (step) parseRpmHeader(step);
    progress();
  }
}

function refusalOf(run: () => void): string[] {
  try {
    run();
    return [];
  } catch (error) {
    if (error instanceof DatabaseDamaged) return [error.message];
    throw error;
  }
}

function fileOf(bytes: Buffer): DatabaseFile {
  return {
    size: bytes.length,
    read(offset, length) {
      if (offset < 0 || offset + length > bytes.length) throw new DatabaseDamaged('outside the file');
      return bytes.subarray(offset, offset + length);
    },
  };
}
