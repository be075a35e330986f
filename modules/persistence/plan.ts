import { passesAge, toAgeBound } from '../../contract/period.ts';
import { compilePattern } from '../../platform/re2/regexp.ts';
import {
  addHit,
  createSearchPlans,
  passedChecks,
  type SearchCheck,
  type SearchPlan,
} from '../search-plan.ts';
import type { Entry } from './entry.ts';
import { CHECK_NAME, FILTERS, type Filter, type Parameters, type Search } from './schema.ts';

interface Check extends SearchCheck {
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

export type Plan = SearchPlan<Check, Hit, Search>;

export function createPlans({ searches }: Parameters): Plan[] {
  return createSearchPlans(searches, createChecks);
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
  const checks = passedChecks(plan, (check) => check.test(entry, context));
  if (checks.length === 0) return;
  const { commands: _, name, user, ...kept } = entry;
  addHit(plan, { entry: { ...kept, name: copyOf(name), user: copyOf(user) }, checks });
}

/** A part of a text keeps all of it in memory: a megabyte for each match. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}
