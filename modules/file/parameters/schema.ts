import { z } from 'zod';
import { goObject, recordOf, texts } from '../../../contract/fields.ts';
import { compilePattern } from '../../../platform/re2/regexp.ts';
import { patternSize } from '../../../platform/re2/size.ts';

/** Far more than any investigator writes. */
const MAX_SEARCHES = 10_000;
const list = texts.optional();

const Options = goObject({
  maxdepth: z.number().default(0),
  maxerrors: z.number().default(0),
  remotefs: z.boolean().default(false),
  matchall: z.boolean().default(false),
  macroal: z.boolean().default(false),
  mismatch: texts.nullable().default(null),
  matchlimit: z.number().default(0),
  debug: z.string().default(''),
  returnsha256: z.boolean().default(false),
  decompress: z.boolean().default(false),
});
export type Options = z.infer<typeof Options>;

const Search = goObject({
  description: z.string().default(''),
  paths: list,
  contents: list,
  names: list,
  sizes: list,
  modes: list,
  mtimes: list,
  md5: list,
  sha1: list,
  sha2: list,
  sha3: list,
  options: Options.prefault({}),
});
export type Search = z.infer<typeof Search>;

export const Parameters = goObject({ searches: recordOf(Search, MAX_SEARCHES).default({}) });
export type Parameters = z.infer<typeof Parameters>;

export const FILTERS = [
  'contents',
  'names',
  'sizes',
  'modes',
  'mtimes',
  'md5',
  'sha1',
  'sha2',
  'sha3',
] as const;
export type Filter = (typeof FILTERS)[number];

/** One check of a filter, as flags, `mismatch` and printed results call it. */
export const CHECK_NAME: Record<Filter, string> = {
  contents: 'content',
  names: 'name',
  sizes: 'size',
  modes: 'mode',
  mtimes: 'mtime',
  md5: 'md5',
  sha1: 'sha1',
  sha2: 'sha2',
  sha3: 'sha3',
};

const LABEL = /^.{1,64}$/u;
export const SIZE = /^(<|>)?[0-9]*(k|m|g|t)?$/;
export const MTIME = /^(<|>)[0-9]*(d|h|m)$/;
const MISMATCH = /^(name|size|mode|mtime|content|md5|sha1|sha2|sha3)$/;
export const DIGITS: Partial<Record<Filter, readonly number[]>> = {
  md5: [32],
  sha1: [40],
  sha2: [64, 96, 128],
  sha3: [56, 64, 96, 128],
};

/**
 * The first thing that is wrong, in MIG's order and words (spec/modules/file.md#validation-texts); undefined when
 * nothing is.
 */
export function findProblem(parameters: Parameters): string | undefined {
  const steps = findProblemInSteps(parameters);
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/** As `findProblem`, stopping after every value: a pattern takes up to tens of milliseconds to compile. */
export function* findProblemInSteps({ searches }: Parameters): Generator<void, string | undefined> {
  for (const [label, search] of Object.entries(searches)) {
    const problem = labelProblem(label) ?? (yield* searchProblem(search));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A depth that keeps a search from ever looking. MIG's reading of flags takes it, so only a run refuses it. */
export function findDepthProblem({ searches }: Parameters): string | undefined {
  const depths = Object.values(searches).map(({ options }) => options.maxdepth);
  const bad = depths.find((depth) => depth !== 0 && depth < 1);
  return bad === undefined ? undefined : `The maxdepth ${bad} is invalid. Must be 0 or at least 1`;
}

const MAX_VALUES = 100;
const MAX_PATTERN_SIZE = 10_000;

/** What is too much for the API, said before any pattern is compiled. MIG's own programs know no such limits. */
export function findExcess({ searches }: Parameters): string | undefined {
  for (const [label, search] of Object.entries(searches)) {
    const values = FILTERS.flatMap((filter) => search[filter] ?? []);
    if (Math.max(values.length, search.paths?.length ?? 0) > MAX_VALUES) {
      return `search '${label}' has more than ${MAX_VALUES} values`;
    }
    const patterns = [search.contents, search.names, search.modes].flatMap((list) => list ?? []);
    const large = patterns.find((pattern) => patternSize(pattern) > MAX_PATTERN_SIZE);
    if (large !== undefined)
      return `search '${label}' has a pattern that is too large: '${large.slice(0, 64)}'`;
  }
  return undefined;
}

function labelProblem(label: string): string | undefined {
  if (label === '') return 'empty labels are not permitted';
  if (LABEL.test(label)) return undefined;
  return `The syntax of label '${label}' is invalid. Must match regex ^([a-zA-Z0-9_-]|.){1,64}$`;
}

function* searchProblem(search: Search): Generator<void, string | undefined> {
  if (!search.paths?.length) return 'invalid empty search path, must have at least one search path';
  for (const filter of FILTERS) {
    for (const value of search[filter] ?? []) {
      const problem = value === '' ? 'Empty values are not permitted' : valueProblem(filter, value);
      if (problem !== undefined) return problem;
      yield;
    }
  }
  for (const name of search.options.mismatch ?? []) {
    if (name === '') return 'empty filters are not permitted';
    if (!MISMATCH.test(name))
      return `The syntax of filter '${name}' is invalid. Must match regex ${MISMATCH.source}`;
  }
  return undefined;
}

function valueProblem(filter: Filter, value: string): string | undefined {
  switch (filter) {
    case 'contents':
    case 'names':
    case 'modes':
      return patternProblem(value);
    case 'sizes':
      return SIZE.test(value)
        ? undefined
        : `Invalid size format for size '${value}'. Must match regex ${SIZE.source}`;
    case 'mtimes':
      return MTIME.test(value)
        ? undefined
        : `Invalid mtime format for mtime '${value}'. Must match regex ${MTIME.source}`;
    default:
      return hashProblem(value.toUpperCase(), DIGITS[filter] ?? []);
  }
}

function patternProblem(value: string): string | undefined {
  const pattern = withoutBang(value);
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    return `Invalid regexp '${pattern}'. Must be a regexp. Compilation failed with '${why}'`;
  }
}

function hashProblem(value: string, lengths: readonly number[]): string | undefined {
  if (lengths.includes(value.length) && /^[A-F0-9]+$/.test(value)) return undefined;
  const length = lengths.includes(value.length) ? value.length : lengths[0];
  return `Invalid checksum format for hash '${value}'. Must match regex ^[A-F0-9]{${length}}$`;
}

/** A leading `!` inverts a name or content pattern; alone it is the literal. */
export function withoutBang(value: string): string {
  return value.startsWith('!') && value.length > 1 ? value.slice(1) : value;
}
