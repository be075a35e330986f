import { toAgeBound } from '../../contract/period.ts';
import { atOnce } from '../../platform/async/at-once.ts';
import { isLargePattern, patternProblem } from '../../platform/re2/pattern-problem.ts';
import { CHECK_NAME, FILTERS, type Filter, PATTERNS, type Parameters, type Search } from './schema.ts';
import { parseSocketCheck } from './socket-check.ts';

/** Returns the first problem; undefined when there is none. */
export const findProblem = atOnce(findProblemInSteps);

/** As `findProblem`, yielding after every value: compiling a pattern takes up to tens of milliseconds. */
export function* findProblemInSteps({ searches }: Parameters): Generator<void, string | undefined> {
  for (const [label, search] of Object.entries(searches)) {
    const problem = labelProblem(label) ?? limitProblem(search) ?? (yield* searchProblem(search));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const LABEL = /^[a-zA-Z0-9_-]{1,64}$/;

function labelProblem(label: string): string | undefined {
  return LABEL.test(label)
    ? undefined
    : `The syntax of label '${label}' is invalid. Must match regex ${LABEL.source}`;
}

function limitProblem({ options: { matchlimit } }: Search): string | undefined {
  return Number.isSafeInteger(matchlimit) && matchlimit >= 0
    ? undefined
    : `matchlimit ${matchlimit}: must be a whole number, 0 (no limit) or more`;
}

function* searchProblem(search: Search): Generator<void, string | undefined> {
  for (const filter of FILTERS) {
    for (const value of search[filter] ?? []) {
      const problem = value === '' ? 'must not be empty' : valueProblem(filter, value);
      if (problem !== undefined) return `${CHECK_NAME[filter]} ${JSON.stringify(value)}: ${problem}`;
      yield;
    }
  }
  return undefined;
}

function valueProblem(filter: Filter, value: string): string | undefined {
  if (PATTERNS.includes(filter)) return patternProblem(value);
  switch (filter) {
    case 'parents':
      return /^\d+$/.test(value) ? undefined : patternProblem(value);
    case 'started':
      return toAgeBound(value)
        ? undefined
        : "must be < (within) or > (before), digits, and d, h or m, as '<2h' (in quotes)";
    case 'sockets':
      return parseSocketCheck(value)
        ? undefined
        : "must be '[local|remote] [ip or cidr][:port or :from-to]', as 'remote 10.0.0.0/8:443'";
    case 'sha256':
      return /^[0-9A-Fa-f]{64}$/.test(value) ? undefined : 'must be 64 hex digits';
    default:
      return undefined;
  }
}

const MAX_VALUES = 100;

/** Returns the first excess over the API's limits, before any pattern is compiled. */
export function findExcess({ searches }: Parameters): string | undefined {
  for (const [label, search] of Object.entries(searches)) {
    const values = FILTERS.flatMap((filter) => search[filter] ?? []);
    if (values.length > MAX_VALUES) return `search '${label}' has more than ${MAX_VALUES} values`;
    const patterns = [...PATTERNS, 'parents' as const].flatMap((filter) => search[filter] ?? []);
    const large = patterns.find(isLargePattern);
    if (large !== undefined) {
      return `search '${label}' has a pattern that is too large: '${large.slice(0, 64)}'`;
    }
  }
  return undefined;
}

/** Returns a mistake: a search that finds nothing; undefined when there is none. */
export function findMistake({ searches }: Parameters): string | undefined {
  const all = Object.values(searches);
  if (all.length === 0) return 'the action has no search: it finds nothing';
  const isEmpty = (search: Search) =>
    search.deleted === undefined && FILTERS.every((filter) => !search[filter]?.length);
  return all.some(isEmpty)
    ? "the search has no check and would find nothing: add one, as -name '^sshd$' (-name . for every process)"
    : undefined;
}
