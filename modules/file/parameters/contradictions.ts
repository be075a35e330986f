import { compilePattern } from '../../../platform/re2/regexp.ts';
import { readAge, readSize } from './bounds.ts';
import { CHECK_NAME, type Search, withoutBang } from './schema.ts';

/** Says which checks of a search no file passes together; undefined when there are none. */
export function findContradiction(search: Search): string | undefined {
  if (!search.options.matchall) return lonelyContradiction(search);
  return (
    hashContradiction(search) ??
    inverseContradiction('name', search.names) ??
    inverseContradiction('content', search.contents) ??
    nameContradiction(search) ??
    sizeContradiction(search) ??
    ageContradiction(search)
  );
}

function impossible(flag: string): string {
  return `no file passes two different -${flag} at the same time: add -matchany to find those that pass one of them`;
}

function isInverted({ options }: Search, flag: string): boolean {
  return options.mismatch?.includes(flag) ?? false;
}

const HASHES = ['md5', 'sha1', 'sha2', 'sha3'] as const;

function hashContradiction(search: Search): string | undefined {
  for (const filter of HASHES) {
    if (isInverted(search, CHECK_NAME[filter])) continue;
    const byLength = new Map<number, string>();
    for (const value of search[filter] ?? []) {
      const other = byLength.get(value.length) ?? value;
      if (other.toUpperCase() !== value.toUpperCase()) return impossible(CHECK_NAME[filter]);
      byLength.set(value.length, value);
    }
  }
  return undefined;
}

/** A pattern and its inverse; a mismatch turns both around. */
function inverseContradiction(flag: string, values: readonly string[] = []): string | undefined {
  const inverse = values.find((value) => withoutBang(value) !== value && values.includes(withoutBang(value)));
  if (inverse === undefined) return undefined;
  return `no file passes both -${flag} ${JSON.stringify(withoutBang(inverse))} and -${flag} ${JSON.stringify(inverse)}`;
}

/** One pattern that is a whole name, and another that this name does not pass. */
function nameContradiction(search: Search): string | undefined {
  const values = search.names ?? [];
  const literals = values.flatMap(literalName);
  if (literals.length === 0 || isInverted(search, 'name')) return undefined;
  const passes = (name: string) =>
    values.every((value) => {
      const pattern = withoutBang(value);
      return compilePattern(pattern).test(name) === (pattern === value);
    });
  return literals.every(passes) ? undefined : impossible('name');
}

/** The one name that a pattern stands for, when it is no more than that. */
function literalName(pattern: string): string[] {
  if (withoutBang(pattern) !== pattern) return [];
  const literal = /^\^((?:[\w -]|\\[.\-+])+)\$$/.exec(pattern)?.[1];
  return literal === undefined ? [] : [literal.replaceAll('\\', '')];
}

/** With matchany each check stands alone. */
function lonelyContradiction(search: Search): string | undefined {
  for (const value of search.sizes ?? []) {
    const problem = sizeContradiction({ ...search, sizes: [value] });
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function sizeContradiction(search: Search): string | undefined {
  const areInverted = isInverted(search, 'size');
  let least = 0;
  let most = Number.POSITIVE_INFINITY;
  for (const bound of (search.sizes ?? []).map(readSize)) {
    if (!bound || (areInverted && bound.sign === '')) continue;
    const { sign, bytes } = bound;
    // The bound itself passes; inverted it does not.
    if (sign !== (areInverted ? '>' : '<')) least = Math.max(least, areInverted ? bytes + 1 : bytes);
    if (sign !== (areInverted ? '<' : '>')) most = Math.min(most, areInverted ? bytes - 1 : bytes);
  }
  if (least <= most) return undefined;
  const [only, another] = search.sizes ?? [];
  return another === undefined
    ? `no file fails -size ${JSON.stringify(only)}, as -mismatch size asks`
    : impossible('size');
}

function ageContradiction(search: Search): string | undefined {
  const areInverted = isInverted(search, 'mtime');
  let over = Number.NEGATIVE_INFINITY;
  let under = Number.POSITIVE_INFINITY;
  for (const bound of (search.mtimes ?? []).map(readAge)) {
    if (!bound) continue;
    const { sign, minutes } = bound;
    if (sign === (areInverted ? '<' : '>')) over = Math.max(over, minutes);
    else under = Math.min(under, minutes);
  }
  return over >= under ? impossible('mtime') : undefined;
}
