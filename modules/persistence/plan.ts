import { passesAge, toAgeBound } from '../../contract/period.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import type { Entry } from './entry.ts';
import { CHECK_NAME, FILTERS, type Filter, type Parameters, type Search } from './schema.ts';

interface Check {
  /** As in flags: `name`. */
  name: string;
  /** As the investigator wrote it. */
  value: string;
  test(entry: Entry, context: CheckContext): boolean;
}

/** What the checks of all entries share. */
export interface CheckContext {
  nowMs: number;
  /** The id of a user by name. */
  uids: ReadonlyMap<string, number>;
}

/** An entry that passed, without its commands. */
export interface Hit {
  entry: Omit<Entry, 'commands'>;
  checks: Check[];
}

/** A search that is ready to run, with its hits so far. */
export interface Plan {
  label: string;
  search: Search;
  /** The cheapest first: in matchall the first that fails decides. */
  checks: Check[];
  hits: Hit[];
  /** Whether there may be more hits than the search's limit. */
  isCut: boolean;
}

export function createPlans({ searches }: Parameters): Plan[] {
  return Object.entries(searches).map(([label, search]) => ({
    label,
    search,
    checks: createChecks(search),
    hits: [],
    isCut: false,
  }));
}

function createChecks(search: Search): Check[] {
  const { enabled } = search;
  const lists = FILTERS.flatMap((filter) =>
    (search[filter] ?? []).map((value) => createCheck(filter, value)),
  );
  if (enabled === undefined) return lists;
  const isEnabled: Check = {
    name: 'enabled',
    value: String(enabled),
    test: (entry) => entry.isEnabled === enabled,
  };
  return [isEnabled, ...lists];
}

function createCheck(filter: Filter, value: string): Check {
  return { name: CHECK_NAME[filter], value, test: createTest(filter, value) };
}

function createTest(filter: Filter, value: string): Check['test'] {
  switch (filter) {
    case 'kinds':
      return ({ kind }) => kind === value;
    case 'users':
      return ({ user }, { uids }) => user === value || String(uids.get(user)) === value;
    case 'mtimes': {
      const bound = toAgeBound(value);
      return ({ mtimeMs }, { nowMs }) =>
        bound !== undefined && mtimeMs !== undefined && passesAge(bound, mtimeMs, nowMs);
    }
    default: {
      const { test } = compilePattern(value);
      if (filter === 'names') return ({ name }) => test(name);
      if (filter === 'paths') return ({ path }) => test(path);
      return ({ commands }) => commands.some(test);
    }
  }
}

/** Adds an entry to the hits of a search that it passes. */
export function evaluate(plan: Plan, entry: Entry, context: CheckContext): void {
  const { matchall, matchlimit } = plan.search.options;
  if (plan.isCut || plan.checks.length === 0) return;
  const passes = (check: Check) => check.test(entry, context);
  const passed = matchall ? (plan.checks.every(passes) ? plan.checks : []) : plan.checks.filter(passes);
  if (passed.length === 0) return;
  if (matchlimit > 0 && plan.hits.length >= matchlimit) {
    plan.isCut = true;
    return;
  }
  const { commands: _, name, user, ...kept } = entry;
  plan.hits.push({ entry: { ...kept, name: copyOf(name), user: copyOf(user) }, checks: passed });
}

/** A part of a text keeps all of it in memory: a megabyte for each match. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
