import { atOnce } from '../../platform/async/at-once.ts';
import { isLargePattern, patternProblem } from '../../platform/re2/pattern-problem.ts';
import { FILTERS, type Filter, type Parameters, type Search } from './schema.ts';

/** Returns the first problem, in MIG's order and words; undefined when there is none. */
export const findProblem = atOnce(findProblemInSteps);

/** As `findProblem`, yielding after every value: compiling a pattern takes up to tens of milliseconds. */
export function* findProblemInSteps({ searches }: Parameters): Generator<void, string | undefined> {
  for (const [label, search] of Object.entries(searches)) {
    const problem = labelProblem(label) ?? (yield* searchProblem(search));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

const LABEL = /^([a-zA-Z0-9_-]){1,64}$/;

function labelProblem(label: string): string | undefined {
  if (label === '') return 'empty labels are not permitted';
  if (LABEL.test(label)) return undefined;
  return `The syntax of label '${label}' is invalid. Must match regex ${LABEL.source}`;
}

function* searchProblem(search: Search): Generator<void, string | undefined> {
  for (const filter of FILTERS) {
    for (const value of search[filter] ?? []) {
      const problem = value === '' ? 'Empty values are not permitted' : valueProblem(filter, value);
      if (problem !== undefined) return problem;
      yield;
    }
  }
  return undefined;
}

function valueProblem(filter: Filter, value: string): string | undefined {
  if (filter !== 'bytes') return patternProblem(value);
  if (/^([0-9A-Fa-f]{2})+$/.test(value)) return undefined;
  return `Invalid bytes '${value}'. Must be an hexadecimal byte string without leading 0x. ex: 'ff00d1ab'`;
}

const MAX_VALUES = 100;

/** Returns the first excess over the API's limits, before any pattern is compiled. */
export function findExcess({ searches }: Parameters): string | undefined {
  for (const [label, search] of Object.entries(searches)) {
    const values = FILTERS.flatMap((filter) => search[filter] ?? []);
    if (values.length > MAX_VALUES) return `search '${label}' has more than ${MAX_VALUES} values`;
    const patterns = [search.contents, search.names, search.libraries].flatMap((list) => list ?? []);
    const large = patterns.find(isLargePattern);
    if (large !== undefined) {
      return `search '${label}' has a pattern that is too large: '${large.slice(0, 64)}'`;
    }
  }
  return undefined;
}

/** Returns a mistake that MIG accepts, although such a search finds nothing; undefined when there is none. */
export function findMistake({ searches }: Parameters): string | undefined {
  const all = Object.values(searches);
  if (all.length === 0) return 'the action has no search: it finds nothing';
  for (const { options, ...search } of all) {
    if (FILTERS.every((filter) => !search[filter]?.length))
      return "the search has no check and would find nothing: add one, as -name '/sshd$'";
    for (const name of ['offset', 'maxlength'] as const) {
      const value = options[name];
      if (!Number.isInteger(value) || value < 0)
        return `-${name} ${value}: must be a whole number, 0 or more`;
    }
  }
  return undefined;
}
