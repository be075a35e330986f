import { FILTERS, type Options, type Search } from '../parameters/schema.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';

/** How many values of a list, and checks without a match, a result repeats. */
export const MAX_ECHOED = 100;

const PLAIN_OPTIONS = {
  maxdepth: 0,
  maxerrors: 0,
  matchall: false,
  macroal: false,
  mismatch: null,
  matchlimit: 0,
};

/** Repeats a search in its matches (matchall). JSON omits undefined fields. */
export function echoSearch({ search, paths }: Plan): Record<string, unknown> {
  return {
    description: search.description || undefined,
    paths,
    ...echoFilters(search),
    excludes: echoList(search.excludes),
    excluderegexes: echoList(search.excluderegexes),
    options: echoOptions(search.options),
  };
}

/** Repeats the one check of a match (matchany). */
export function echoCheck(check: Check, paths: string[]): Record<string, unknown> {
  return { paths, [check.filter]: [check.value], options: PLAIN_OPTIONS };
}

function echoFilters(search: Search): Record<string, string[]> {
  return Object.fromEntries(
    FILTERS.flatMap((filter) =>
      search[filter]?.length ? [[filter, search[filter].slice(0, MAX_ECHOED)]] : [],
    ),
  );
}

function echoList(values: readonly string[] | undefined): string[] | undefined {
  return values?.length ? values.slice(0, MAX_ECHOED) : undefined;
}

/** Repeats the options, except for the three numbers, which MIG always writes as 0. */
function echoOptions(options: Options): Record<string, unknown> {
  return {
    ...PLAIN_OPTIONS,
    matchall: options.matchall,
    macroal: options.macroal,
    mismatch: options.mismatch,
    remotefs: options.remotefs || undefined,
    debug: options.debug || undefined,
    returnsha256: options.returnsha256 || undefined,
    decompress: options.decompress || undefined,
    xdev: options.xdev || undefined,
    count: options.count || undefined,
    maxtime: options.maxtime || undefined,
  };
}
