import { compilePattern } from '../../../platform/re2/regexp.ts';
import { toAgeBound, toSizeBound } from './bounds.ts';
import { CHECK_NAME, isInverted, type Search, withoutBang } from './schema.ts';

/** Returns a sentence about checks that no file can pass together; undefined when there are none. */
export function findContradiction(search: Search): string | undefined {
  if (!search.options.matchall) return singleCheckContradiction(search);
  return (
    hashContradiction(search) ??
    inverseContradiction('name', search.names) ??
    inverseContradiction('content', search.contents) ??
    nameContradiction(search) ??
    sizeContradiction(search) ??
    ageContradiction(search) ??
    attributeContradiction(search)
  );
}

function impossible(flag: string): string {
  return `no file passes two different -${flag} at the same time: add -matchany to find those that pass one of them`;
}

function isMismatch({ options }: Search, flag: string): boolean {
  return options.mismatch?.includes(flag) ?? false;
}

const HASHES = ['md5', 'sha1', 'sha2', 'sha3'] as const;

function hashContradiction(search: Search): string | undefined {
  for (const filter of HASHES) {
    if (isMismatch(search, CHECK_NAME[filter])) continue;
    const byLength = new Map<number, string>();
    for (const value of search[filter] ?? []) {
      const other = byLength.get(value.length) ?? value;
      if (other.toUpperCase() !== value.toUpperCase()) return impossible(CHECK_NAME[filter]);
      byLength.set(value.length, value);
    }
  }
  return undefined;
}

/** Finds a pattern and its inverse. A mismatch inverts both, and changes nothing. */
function inverseContradiction(flag: string, values: readonly string[] = []): string | undefined {
  const inverse = values.find((value) => isInverted(value) && values.includes(withoutBang(value)));
  if (inverse === undefined) return undefined;
  return `no file passes both -${flag} ${JSON.stringify(withoutBang(inverse))} and -${flag} ${JSON.stringify(inverse)}`;
}

/** Finds a pattern that only one name matches, and another pattern that this name does not match. */
function nameContradiction(search: Search): string | undefined {
  const values = search.names ?? [];
  const literals = values.flatMap((value) => literalName(value) ?? []);
  if (literals.length === 0 || isMismatch(search, 'name')) return undefined;
  const passes = (name: string) =>
    values.every((value) => {
      const pattern = withoutBang(value);
      return compilePattern(pattern).test(name) !== isInverted(value);
    });
  return literals.every(passes) ? undefined : impossible('name');
}

/** The only name that a pattern matches; undefined when there may be others. */
function literalName(pattern: string): string | undefined {
  if (isInverted(pattern)) return undefined;
  return /^\^((?:[\w -]|\\[.\-+])+)\$$/.exec(pattern)?.[1]?.replaceAll('\\', '');
}

/** In matchany every check must be possible alone. */
function singleCheckContradiction(search: Search): string | undefined {
  for (const value of search.sizes ?? []) {
    const problem = sizeContradiction({ ...search, sizes: [value] });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const ALL_SIZES = { least: 0, most: Number.POSITIVE_INFINITY };

function sizeContradiction(search: Search): string | undefined {
  const { sizes = [] } = search;
  const isInverse = isMismatch(search, 'size');
  let { least, most } = ALL_SIZES;
  const ranges = sizes.map((value) => passingSizes(value, isInverse));
  for (const range of ranges) {
    least = Math.max(least, range.least);
    most = Math.min(most, range.most);
  }
  if (least <= most) return undefined;
  const [only, another] = sizes;
  if (another !== undefined) return impossible('size');
  return `no file fails -size ${JSON.stringify(only)}, as -mismatch size asks`;
}

/** Returns the sizes that pass a check. A mismatch passes all others; all but one are returned as all sizes. */
function passingSizes(value: string, isInverse: boolean): { least: number; most: number } {
  const bound = toSizeBound(value);
  if (!bound) return ALL_SIZES;
  const { sign, bytes } = bound;
  if (sign === '') return isInverse ? ALL_SIZES : { least: bytes, most: bytes };
  if (sign === '<') return isInverse ? { ...ALL_SIZES, least: bytes + 1 } : { ...ALL_SIZES, most: bytes };
  return isInverse ? { ...ALL_SIZES, most: bytes - 1 } : { ...ALL_SIZES, least: bytes };
}

const AGES = ['mtimes', 'ctimes', 'btimes'] as const;

function ageContradiction(search: Search): string | undefined {
  for (const filter of AGES) {
    const problem = ageContradictionOf(filter, search);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function ageContradictionOf(filter: (typeof AGES)[number], search: Search): string | undefined {
  const flag = CHECK_NAME[filter];
  const olderSign = isMismatch(search, flag) ? '<' : '>';
  let olderThan = Number.NEGATIVE_INFINITY;
  let youngerThan = Number.POSITIVE_INFINITY;
  const bounds = (search[filter] ?? []).map(toAgeBound);
  for (const bound of bounds) {
    if (!bound) continue;
    if (bound.sign === olderSign) olderThan = Math.max(olderThan, bound.minutes);
    else youngerThan = Math.min(youngerThan, bound.minutes);
  }
  return olderThan >= youngerThan ? impossible(flag) : undefined;
}

/** A file has one owner, one group and one set of permissions. Two names may stand for one number. */
function attributeContradiction(search: Search): string | undefined {
  for (const filter of ['owners', 'groups', 'perms'] as const) {
    const exact = (search[filter] ?? []).filter((value) => /^[0-9]+$/.test(value)).map(Number);
    if (new Set(exact).size > 1 && !isMismatch(search, CHECK_NAME[filter]))
      return impossible(CHECK_NAME[filter]);
  }
  return undefined;
}
