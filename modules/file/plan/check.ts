import type { Path } from '../../../platform/machine/directory/system-path.ts';
import type { CompilePattern } from '../../../platform/re2/pattern-compiler.ts';
import type { Pattern } from '../../../platform/re2/regexp.ts';
import { type FileAttributes, formatMode } from '../filesystem/file-info.ts';
import { MAX_MINUTES, toAgeBound, toSizeBound } from '../parameters/bounds.ts';
import { CHECK_NAME, type Filter, isInverted, type Search, withoutBang } from '../parameters/schema.ts';
import type { FindAccount } from './accounts.ts';
import { type AttributeTest, createGroupTest, createOwnerTest, createPermTest } from './attributes.ts';
import type { Matches } from './matches.ts';
import { refuseCheck } from './refuse-check.ts';

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

/** `name` is the last component of the path. Undefined: the system does not know, and the file passes in no case. */
type MetadataTest = (name: string, info: FileAttributes) => boolean | undefined;

/** One value of one filter. In matchany each check collects its own matches. */
export interface Check {
  filter: Filter;
  /** As echoed in results: hashes in upper case. */
  value: string;
  /** Whether the value starts with `!`. */
  isInverse: boolean;
  /** Whether the option `mismatch` inverts the filter. */
  isMismatch: boolean;
  pattern?: Pattern;
  hash?: HashName;
  testMetadata?: MetadataTest;
  matches: Matches;
  /** The files for which the test has no answer. */
  unknown?: { count: number; first: Path };
}

interface CheckSource {
  search: Search;
  filter: Filter;
  value: string;
  nowMs: number;
  findAccount: FindAccount;
  compile: CompilePattern;
  matches: Matches;
}

/** Throws `makeChecks() -> …` for values that pass the validation but have no meaning. */
export function createCheck(source: CheckSource): Check {
  const { search, filter, value, nowMs, findAccount, compile, matches } = source;
  const base = {
    filter,
    value,
    isInverse: false,
    isMismatch: search.options.mismatch?.includes(CHECK_NAME[filter]) ?? false,
    matches,
  };
  switch (filter) {
    case 'contents':
      return { ...base, isInverse: isInverted(value), pattern: compile(withoutBang(value)) };
    case 'names': {
      const pattern = compile(withoutBang(value));
      return { ...base, isInverse: isInverted(value), testMetadata: (name) => pattern.test(name) };
    }
    case 'modes':
      return { ...base, testMetadata: createModeTest(compile(value)) };
    case 'sizes':
      return { ...base, testMetadata: createSizeTest(value) };
    case 'mtimes':
      return { ...base, testMetadata: ofAttributes(createAgeTest(value, nowMs, (info) => info.mtimeNs)) };
    case 'ctimes':
      return { ...base, testMetadata: ofAttributes(createAgeTest(value, nowMs, (info) => info.ctimeNs)) };
    case 'btimes':
      return { ...base, testMetadata: ofAttributes(createAgeTest(value, nowMs, (info) => info.btimeNs)) };
    case 'owners':
      return { ...base, testMetadata: ofAttributes(createOwnerTest(value, findAccount)) };
    case 'groups':
      return { ...base, testMetadata: ofAttributes(createGroupTest(value, findAccount)) };
    case 'perms':
      return { ...base, testMetadata: ofAttributes(createPermTest(value)) };
    default:
      return { ...base, value: value.toUpperCase(), hash: hashName(filter, value.length) };
  }
}

/** Remembers the answer for each mode: a million files have a handful of them. */
function createModeTest(pattern: Pattern): MetadataTest {
  const answers = new Map<number, boolean>();
  return (_, { mode }) => {
    const known = answers.get(mode);
    if (known !== undefined) return known;
    const answer = pattern.test(formatMode({ mode }));
    answers.set(mode, answer);
    return answer;
  };
}

function ofAttributes(test: AttributeTest): MetadataTest {
  return (_, info) => test(info);
}

const SHA2: Record<number, HashName> = { 64: 'sha256', 96: 'sha384', 128: 'sha512' };
const SHA3: Record<number, HashName> = { 56: 'sha3-224', 64: 'sha3-256', 96: 'sha3-384', 128: 'sha3-512' };

function hashName(filter: Filter, digits: number): HashName {
  const name = filter === 'md5' || filter === 'sha1' ? filter : (filter === 'sha2' ? SHA2 : SHA3)[digits];
  if (!name) throw refuseCheck(`no ${filter} hash has ${digits} digits`);
  return name;
}

/** `N`, `<N`, `>N`, bounds included, with suffixes of 1024 (spec/modules/file.md#sizes). */
function createSizeTest(value: string): MetadataTest {
  const bound = toSizeBound(value);
  const digits = value.replace(/[^0-9]/g, '');
  const refuse = (why: string) => refuseCheck(`strconv.ParseUint: parsing ${JSON.stringify(digits)}: ${why}`);
  if (!bound) throw refuse('invalid syntax');
  if (BigInt(digits) >= 2n ** 64n) throw refuse('value out of range');
  const { sign, bytes } = bound;
  if (sign === '<') return (_, info) => info.size <= bytes;
  if (sign === '>') return (_, info) => info.size >= bytes;
  return (_, info) => info.size === bytes;
}

const YEAR_1111_NS = BigInt(Date.UTC(1111, 10, 11, 11, 11, 11)) * 1_000_000n;

/** `<P` younger than P, also in the future; `>P` older than P and after the year 1111 (spec/modules/file.md#mtimes). */
function createAgeTest(
  value: string,
  nowMs: number,
  timeOf: (info: FileAttributes) => bigint | undefined,
): AttributeTest {
  const age = toAgeBound(value);
  if (!age || age.minutes > MAX_MINUTES) {
    throw refuseCheck(`time: invalid duration ${JSON.stringify(toGoDuration(value))}`);
  }
  const bound = BigInt(nowMs) * 1_000_000n - BigInt(age.minutes) * 60_000_000_000n;
  const isInRange =
    age.sign === '<'
      ? (timeNs: bigint) => timeNs > bound
      : (timeNs: bigint) => timeNs < bound && timeNs > YEAR_1111_NS;
  return (info) => {
    const timeNs = timeOf(info);
    return timeNs === undefined ? undefined : isInRange(timeNs);
  };
}

/** The duration that MIG passes to Go's parser, which has no unit for days. */
function toGoDuration(value: string): string {
  const digits = value.replace(/[^0-9]/g, '');
  const isDays = value.endsWith('d');
  const amount = isDays && digits !== '' ? BigInt(digits) * 24n : digits;
  return `${amount}${value.endsWith('m') ? 'm' : 'h'}`;
}
