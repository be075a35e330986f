import { z } from 'zod';
import type { ParsedFlags } from '../contract/go/flags.ts';
import { atOnce } from '../platform/async/at-once.ts';
import { isLargePattern } from '../platform/re2/pattern-problem.ts';
import { option } from './option.ts';

type Values = ParsedFlags['values'];

/** A search: lists of values by filter, and one check that is true or false. Both are absent when they do not matter. */
type Search<Filter extends string, Switch extends string> = {
  [Name in Filter]?: readonly string[] | undefined;
} & { [Name in Switch]?: boolean | undefined } & { options: SearchOptions };

interface SearchOptions {
  matchall: boolean;
  /** The most matches; 0 for all. */
  matchlimit: number;
}

interface SearchDefinition<Filter extends string, Switch extends string> {
  /** The filters, in the order of checking. */
  filters: readonly Filter[];
  /** The name of a filter's checks in flags. */
  checkName: Readonly<Record<Filter, string>>;
  /** The check that is true or false. */
  switchName: Switch;
  /** The filters whose values are regular expressions, or may be. */
  patterns: readonly Filter[];
  /** Returns the problem with a value that is not empty; undefined when there is none. */
  findValueProblem(filter: Filter, value: string): string | undefined;
  /** A check for a search that has none, as people write it. */
  advice: string;
}

const LABEL = /^[a-zA-Z0-9_-]{1,64}$/;
const MAX_VALUES = 100;
const DEFAULT_MATCHLIMIT = 1000;

/** Makes the checks and flags of a module that searches by label. They become parts of its definition. */
export function defineSearch<Filter extends string, Switch extends string>({
  filters,
  checkName,
  switchName,
  patterns,
  findValueProblem,
  advice,
}: SearchDefinition<Filter, Switch>) {
  type OneSearch = Search<Filter, Switch>;
  interface Parameters {
    searches: Readonly<Record<string, OneSearch>>;
  }
  const valuesOf = (search: OneSearch, names: readonly Filter[]) =>
    names.flatMap((filter) => search[filter] ?? []);

  function* findProblemInSteps({ searches }: Parameters): Generator<void, string | undefined> {
    for (const [label, search] of Object.entries(searches)) {
      const problem = labelProblem(label) ?? limitProblem(search.options) ?? (yield* searchProblem(search));
      if (problem !== undefined) return problem;
    }
    return undefined;
  }

  function* searchProblem(search: OneSearch): Generator<void, string | undefined> {
    for (const filter of filters) {
      for (const value of search[filter] ?? []) {
        const problem = value === '' ? 'must not be empty' : findValueProblem(filter, value);
        if (problem !== undefined) return `${checkName[filter]} ${JSON.stringify(value)}: ${problem}`;
        yield;
      }
    }
    return undefined;
  }

  return {
    findProblem: atOnce(findProblemInSteps),
    /** Yields after every value: compiling a pattern takes up to tens of milliseconds. */
    findProblemInSteps,

    findExcess({ searches }: Parameters): string | undefined {
      for (const [label, search] of Object.entries(searches)) {
        if (valuesOf(search, filters).length > MAX_VALUES)
          return `search '${label}' has more than ${MAX_VALUES} values`;
        const large = valuesOf(search, patterns).find(isLargePattern);
        if (large !== undefined)
          return `search '${label}' has a pattern that is too large: '${large.slice(0, 64)}'`;
      }
      return undefined;
    },

    /** Returns a mistake: a search that finds nothing. */
    findMistake({ searches }: Parameters): string | undefined {
      const all = Object.entries(searches);
      if (all.length === 0) return "'searches' has no search: it finds nothing";
      const [label] =
        all.find(
          ([, search]) => search[switchName] === undefined && valuesOf(search, filters).length === 0,
        ) ?? [];
      return label === undefined
        ? undefined
        : `search '${label}' has no check and would find nothing: add one, as ${advice}`;
    },

    /** The command line describes one search, labelled `s1`. */
    toParameters(values: Values) {
      const fields = [
        ...filters.map((field) => ({ field, flag: checkName[field] })),
        { field: switchName, flag: switchName },
      ];
      const given = fields.flatMap(({ field, flag }) =>
        values[flag] === undefined ? [] : [[field, values[flag]]],
      );
      const matchall = values.matchany === true ? false : (values.matchall ?? true);
      const options = { matchall, matchlimit: values.matchlimit ?? DEFAULT_MATCHLIMIT };
      return { searches: { s1: { ...Object.fromEntries(given), options } } };
    },

    /** Returns a flag that would be ignored. */
    findFlagMistake(values: Values): string | undefined {
      return values.matchall === true && values.matchany === true
        ? '-matchall and -matchany cannot be used together'
        : undefined;
    },
  };
}

/** The flags that every such search has. `subject` is what it finds. */
export function matchFlags(subject: string) {
  return {
    matchall: z
      .boolean()
      .register(option, { flag: 'matchall', text: `all checks on the same ${subject} (default)` }),
    matchany: z.boolean().register(option, { flag: 'matchany', text: 'each check stands alone' }),
    matchlimit: z.number().register(option, {
      flag: 'matchlimit',
      value: 'n',
      text: `stop a search after that many matches (default ${DEFAULT_MATCHLIMIT}, 0 = none)`,
    }),
  };
}

function labelProblem(label: string): string | undefined {
  return LABEL.test(label)
    ? undefined
    : `The syntax of label '${label}' is invalid. Must match regex ${LABEL.source}`;
}

function limitProblem({ matchlimit }: SearchOptions): string | undefined {
  return Number.isSafeInteger(matchlimit) && matchlimit >= 0
    ? undefined
    : `matchlimit ${matchlimit}: must be a whole number, 0 (no limit) or more`;
}
