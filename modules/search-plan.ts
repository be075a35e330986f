import { goDuration } from '../contract/go/duration.ts';
import type { ModuleResult } from '../contract/module-result.ts';
import { createResultRoom, type ResultRoom } from '../contract/result-room.ts';

/** A value of a search, ready to be compared. */
export interface SearchCheck {
  /** As in flags: `name`. */
  name: string;
  /** As the investigator wrote it. */
  value: string;
}

interface AnySearch {
  options: { matchall: boolean; matchlimit: number };
}

/** A search that is ready to run, with its hits so far. */
export interface SearchPlan<Check extends SearchCheck, Hit, Search extends AnySearch = AnySearch> {
  label: string;
  search: Search;
  /** The cheapest first: in matchall the first that fails decides. */
  checks: Check[];
  hits: Hit[];
  /** Whether there may be more hits than the search's limit. */
  isCut: boolean;
}

export function createSearchPlans<Search extends AnySearch, Check extends SearchCheck, Hit>(
  searches: Readonly<Record<string, Search>>,
  createChecks: (search: Search) => Check[],
): SearchPlan<Check, Hit, Search>[] {
  return Object.entries(searches).map(([label, search]) => ({
    label,
    search,
    checks: createChecks(search),
    hits: [],
    isCut: false,
  }));
}

/** The checks that something passes when the search matches it; otherwise none. */
export function passedChecks<Check extends SearchCheck>(
  { search, checks, isCut }: SearchPlan<Check, unknown>,
  passes: (check: Check) => boolean,
): Check[] {
  if (isCut) return [];
  if (!search.options.matchall) return checks.filter(passes);
  return checks.every(passes) ? checks : [];
}

/** Adds a hit, up to the limit of the search. */
export function addHit<Hit>(plan: SearchPlan<SearchCheck, Hit>, hit: Hit): void {
  const { matchlimit } = plan.search.options;
  if (matchlimit > 0 && plan.hits.length >= matchlimit) plan.isCut = true;
  else plan.hits.push(hit);
}

interface Finished<Hit extends { checks: readonly SearchCheck[] }> {
  plans: readonly SearchPlan<SearchCheck, Hit>[];
  /** The facts of a hit that are returned. The checks that it passed follow them. */
  factsOf(hit: Hit): object;
  /** Sentences about what the system did not let us read, called after all facts were read. */
  denials(): readonly string[];
  /** Sentences about limits that cut the result. */
  limits: string[];
  /** What was counted, for the statistics. */
  counts: Record<string, number>;
  maxBytes: number;
  startedNs: bigint;
}

/** Builds the result of a run, with the matches of each search under its label. */
export function buildSearchResult<Hit extends { checks: readonly SearchCheck[] }>({
  plans,
  factsOf,
  denials,
  limits,
  counts,
  maxBytes,
  startedNs,
}: Finished<Hit>): ModuleResult {
  const room = createResultRoom(maxBytes);
  const toMatch = (hit: Hit) => ({ ...factsOf(hit), checks: echoed(hit.checks) });
  const elements = plans.map((plan) => [plan.label, matchesOf(plan, { toMatch, room, limits })] as const);
  const totalHits = plans.reduce((sum, { hits }) => sum + hits.length, 0);
  const errors = [...denials(), ...limits];
  return {
    foundanything: totalHits > 0,
    success: true,
    // Not by assignment: a label may be `__proto__`.
    elements: Object.fromEntries(elements),
    statistics: {
      ...counts,
      totalhits: totalHits,
      exectime: goDuration(process.hrtime.bigint() - startedNs),
    },
    errors: errors.length === 0 ? null : errors,
    limits: limits.length === 0 ? undefined : limits,
  };
}

function matchesOf<Hit>(
  { label, hits, isCut, search }: SearchPlan<SearchCheck, Hit>,
  { toMatch, room, limits }: { toMatch: (hit: Hit) => object; room: ResultRoom; limits: string[] },
): object[] {
  if (isCut) {
    limits.push(
      `search '${label}' ended at its limit of ${search.options.matchlimit} matches: there are more (see -matchlimit)`,
    );
  }
  const matches: object[] = [];
  for (const hit of hits) {
    const match = toMatch(hit);
    if (!room.take(match)) break;
    matches.push(match);
  }
  const missing = hits.length - matches.length;
  if (missing > 0) {
    limits.push(
      `${missing} of ${hits.length} matches in search '${label}' were not returned: the result has no room for them`,
    );
  }
  return matches;
}

/** How many checks a match repeats. */
const MAX_ECHOED = 20;

function echoed(checks: readonly SearchCheck[]): string[] {
  return checks.slice(0, MAX_ECHOED).map(({ name, value }) => `${name}='${value}'`);
}

/** Masks what names a file, a program or a person. */
export function maskMatches(result: ModuleResult): ModuleResult {
  const elements = Object.entries((result.elements ?? {}) as Record<string, object[]>);
  return {
    ...result,
    elements: Object.fromEntries(
      elements.map(([label, matches]) => [
        label,
        matches.map((match) => ({ ...match, name: 'masked', path: 'masked', user: 'masked' })),
      ]),
    ),
  };
}
