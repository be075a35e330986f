import { MigError } from '../../../contract/errors.ts';
import { compilePattern, type Pattern } from '../../../platform/re2/regexp.ts';
import { type FileInfo, modeString } from '../filesystem/file-info.ts';
import type { Path } from '../filesystem/paths.ts';
import { MAX_MINUTES, readAge, readSize } from '../parameters/bounds.ts';
import {
  CHECK_NAME,
  FILTERS,
  type Filter,
  type Parameters,
  type Search,
  withoutBang,
} from '../parameters/schema.ts';
import { pathsShownAs } from './roots.ts';

export type HashName =
  | 'md5'
  | 'sha1'
  | 'sha256'
  | 'sha384'
  | 'sha512'
  | 'sha3-224'
  | 'sha3-256'
  | 'sha3-384'
  | 'sha3-512';

/** One value of one filter. In matchany it stands alone and collects its own matches. */
export interface Check {
  filter: Filter;
  /** As echoed in results: hashes in upper case. */
  value: string;
  isInverse: boolean;
  isMismatch: boolean;
  pattern?: Pattern;
  hash?: HashName;
  /** `name`: the last component of its path. */
  testMetadata?: (name: string, info: FileInfo) => boolean;
  matches: Set<Path>;
}

/** A search ready to run. */
export interface Plan {
  label: string;
  search: Search;
  /** Cleaned, in the order given. */
  paths: string[];
  /** The same as they are on this machine: where a path holds U+FFFD, the names that are shown so. */
  roots: Path[];
  checks: Check[];
  /** The same checks by what they need: nothing but names and the inode, the lines, all bytes. */
  metadata: Check[];
  allMetadata: ReadonlySet<Check>;
  contents: Check[];
  hashes: Check[];
  hashNames: readonly HashName[];
  hits: number;
  /** Limits that kept it from looking at something. */
  cuts: Set<'matchlimit' | 'maxdepth' | 'memory'>;
  /** Files that match all checks (matchall). */
  matches: Set<Path>;
}

/** Metadata first, since it is free; the order of groups is MIG's. */
const METADATA: readonly Filter[] = ['names', 'modes', 'sizes', 'mtimes'];
const SHA2: Record<number, HashName> = { 64: 'sha256', 96: 'sha384', 128: 'sha512' };
const SHA3: Record<number, HashName> = { 56: 'sha3-224', 64: 'sha3-256', 96: 'sha3-384', 128: 'sha3-512' };

/** Turns validated parameters into checks; throws `makeChecks() -> …` for what only shows now. */
export function makePlans({ searches }: Parameters, clean: (path: string) => string, nowMs: number): Plan[] {
  return Object.entries(searches).map(([label, search]) => {
    const checks = FILTERS.flatMap((filter) =>
      (search[filter] ?? []).map((value) => makeCheck(search, filter, value, nowMs)),
    );
    const metadata = METADATA.flatMap((filter) => checks.filter((check) => check.filter === filter));
    const hashes = checks.filter(({ hash }) => hash !== undefined);
    const paths = (search.paths ?? []).map(clean);
    return {
      label,
      search,
      paths,
      roots: paths.flatMap(pathsShownAs),
      checks,
      metadata,
      allMetadata: new Set(metadata),
      contents: checks.filter(({ filter }) => filter === 'contents'),
      hashes,
      hashNames: [...new Set(hashes.flatMap(({ hash }) => hash ?? []))],
      hits: 0,
      cuts: new Set(),
      matches: new Set(),
    };
  });
}

function makeCheck(search: Search, filter: Filter, value: string, nowMs: number): Check {
  const base = {
    filter,
    value,
    isInverse: false,
    isMismatch: search.options.mismatch?.includes(CHECK_NAME[filter]) ?? false,
    matches: new Set<string>(),
  };
  switch (filter) {
    case 'contents':
      return { ...base, isInverse: isInverse(value), pattern: compilePattern(withoutBang(value)) };
    case 'names': {
      const pattern = compilePattern(withoutBang(value));
      return { ...base, isInverse: isInverse(value), testMetadata: (name) => pattern.test(name) };
    }
    case 'modes': {
      const pattern = compilePattern(value);
      return { ...base, testMetadata: (_, info) => pattern.test(modeString(info)) };
    }
    case 'sizes':
      return { ...base, testMetadata: makeSizeTest(value) };
    case 'mtimes':
      return { ...base, testMetadata: makeMtimeTest(value, nowMs) };
    default:
      return { ...base, value: value.toUpperCase(), hash: hashName(filter, value.length) };
  }
}

function isInverse(value: string): boolean {
  return value.startsWith('!') && value.length > 1;
}

function hashName(filter: Filter, digits: number): HashName {
  const name = filter === 'md5' || filter === 'sha1' ? filter : (filter === 'sha2' ? SHA2 : SHA3)[digits];
  if (!name)
    throw new MigError('parameters_invalid', `makeChecks() -> no ${filter} hash has ${digits} digits`);
  return name;
}

/** `N`, `<N`, `>N`, bounds included, suffixes of 1024 (spec/modules/file.md#sizes). */
function makeSizeTest(value: string): (name: string, info: FileInfo) => boolean {
  const bound = readSize(value);
  const digits = value.replace(/[^0-9]/g, '');
  const refuse = (why: string) =>
    new MigError(
      'parameters_invalid',
      `makeChecks() -> strconv.ParseUint: parsing ${JSON.stringify(digits)}: ${why}`,
    );
  if (!bound) throw refuse('invalid syntax');
  if (BigInt(digits) >= 2n ** 64n) throw refuse('value out of range');
  const { sign, bytes } = bound;
  if (sign === '<') return (_, info) => info.size <= bytes;
  if (sign === '>') return (_, info) => info.size >= bytes;
  return (_, info) => info.size === bytes;
}

const YEAR_1111_NS = BigInt(Date.UTC(1111, 10, 11, 11, 11, 11)) * 1_000_000n;

/** `<P` younger than P, also in the future; `>P` older than P and after the year 1111 (spec/modules/file.md#mtimes). */
function makeMtimeTest(value: string, nowMs: number): (name: string, info: FileInfo) => boolean {
  const age = readAge(value);
  if (!age || age.minutes > MAX_MINUTES) {
    throw new MigError(
      'parameters_invalid',
      `makeChecks() -> time: invalid duration ${JSON.stringify(durationOf(value))}`,
    );
  }
  const bound = BigInt(nowMs) * 1_000_000n - BigInt(age.minutes) * 60_000_000_000n;
  if (age.sign === '<') return (_, info) => info.mtimeNs > bound;
  return (_, info) => info.mtimeNs < bound && info.mtimeNs > YEAR_1111_NS;
}

/** As MIG hands it to Go, which knows no days. */
function durationOf(value: string): string {
  const digits = value.replace(/[^0-9]/g, '');
  const isDays = value.endsWith('d');
  const amount = isDays && digits !== '' ? BigInt(digits) * 24n : digits;
  return `${amount}${value.endsWith('m') ? 'm' : 'h'}`;
}
