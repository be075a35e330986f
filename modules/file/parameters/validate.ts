import { atOnce } from '../../../platform/async/at-once.ts';
import type { CompilePattern } from '../../../platform/re2/pattern-compiler.ts';
import { compilePattern } from '../../../platform/re2/regexp.ts';
import { isAbsolute } from '../filesystem/paths.ts';
import {
  ACCOUNT,
  CHECK_NAME,
  FILTERS,
  type Filter,
  HASH_DIGITS,
  MAXTIME,
  MTIME,
  type Parameters,
  PERM,
  type Search,
  SIZE,
  withoutBang,
} from './schema.ts';

/**
 * Returns the first problem, in MIG's order and words (spec/modules/file.md#validation-texts); undefined when there is
 * none.
 */
export const findProblem = atOnce(findProblemInSteps);

/** As `findProblem`, yielding after every value: compiling a pattern takes up to tens of milliseconds. */
export function* findProblemInSteps(
  { searches }: Parameters,
  compile: CompilePattern = compilePattern,
): Generator<void, string | undefined> {
  for (const [label, search] of Object.entries(searches)) {
    const problem = labelProblem(label) ?? (yield* searchProblem(search, compile));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Returns the refusal of a depth that excludes every file. MIG's command line allows it, so only a run refuses it. */
export function findDepthProblem({ searches }: Parameters): string | undefined {
  const depths = Object.values(searches).map(({ options }) => options.maxdepth);
  const invalid = depths.find((depth) => depth !== 0 && depth < 1);
  return invalid === undefined ? undefined : `The maxdepth ${invalid} is invalid. Must be 0 or at least 1`;
}

const LABEL = /^.{1,64}$/u;

function labelProblem(label: string): string | undefined {
  if (label === '') return 'empty labels are not permitted';
  if (LABEL.test(label)) return undefined;
  return `The syntax of label '${label}' is invalid. Must match regex ^([a-zA-Z0-9_-]|.){1,64}$`;
}

function* searchProblem(search: Search, compile: CompilePattern): Generator<void, string | undefined> {
  if (!search.paths?.length) return 'invalid empty search path, must have at least one search path';
  for (const filter of FILTERS) {
    for (const value of search[filter] ?? []) {
      const problem = value === '' ? 'Empty values are not permitted' : valueProblem(filter, value, compile);
      if (problem !== undefined) return problem;
      yield;
    }
  }
  return (yield* exclusionProblem(search, compile)) ?? mismatchProblem(search) ?? maxtimeProblem(search);
}

/** A path that excludes nothing would widen the search, so a relative one is refused. */
function* exclusionProblem(
  { excludes = [], excluderegexes = [] }: Search,
  compile: CompilePattern,
): Generator<void, string | undefined> {
  const relative = excludes.find((path) => !isAbsolute(path));
  if (relative !== undefined) return `Invalid exclude '${relative}'. Must be an absolute path`;
  for (const pattern of excluderegexes) {
    const problem = pattern === '' ? 'Empty values are not permitted' : regexProblem(pattern, compile);
    if (problem !== undefined) return problem;
    yield;
  }
  return undefined;
}

function maxtimeProblem({ options: { maxtime } }: Search): string | undefined {
  if (maxtime === '' || MAXTIME.test(maxtime)) return undefined;
  return `Invalid maxtime format for maxtime '${maxtime}'. Must match regex ${MAXTIME.source}`;
}

const MISMATCH = /^(name|size|mode|mtime|content|md5|sha1|sha2|sha3)$/;
/** Ours. MIG's message does not name them. */
const OTHER_MISMATCH = /^(owner|group|perm|ctime|btime)$/;

function mismatchProblem({ options }: Search): string | undefined {
  for (const name of options.mismatch ?? []) {
    if (name === '') return 'empty filters are not permitted';
    if (MISMATCH.test(name) || OTHER_MISMATCH.test(name)) continue;
    return `The syntax of filter '${name}' is invalid. Must match regex ${MISMATCH.source}`;
  }
  return undefined;
}

function valueProblem(filter: Filter, value: string, compile: CompilePattern): string | undefined {
  switch (filter) {
    case 'contents':
    case 'names':
    case 'modes':
      return regexProblem(withoutBang(value), compile);
    case 'sizes':
      return SIZE.test(value)
        ? undefined
        : `Invalid size format for size '${value}'. Must match regex ${SIZE.source}`;
    case 'mtimes':
    case 'ctimes':
    case 'btimes':
      return timeProblem(CHECK_NAME[filter], value);
    case 'owners':
    case 'groups':
      return ACCOUNT.test(value)
        ? undefined
        : `Invalid ${CHECK_NAME[filter]} '${value}'. Must be a name or a number`;
    case 'perms':
      return PERM.test(value)
        ? undefined
        : `Invalid perm format for perm '${value}'. Must match regex ${PERM.source}`;
    default:
      return hashProblem(value.toUpperCase(), HASH_DIGITS[filter] ?? []);
  }
}

function timeProblem(name: string, value: string): string | undefined {
  if (MTIME.test(value)) return undefined;
  return `Invalid ${name} format for ${name} '${value}'. Must match regex ${MTIME.source}`;
}

function regexProblem(pattern: string, compile: CompilePattern): string | undefined {
  try {
    compile(pattern);
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
