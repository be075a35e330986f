import { compilePattern, type Pattern } from '../../platform/re2/regexp.ts';
import { FILTERS, type Filter, type Parameters, type Search } from './schema.ts';

/** A process as results name it. */
export interface ProcessName {
  name: string;
  pid: number;
}

/** One value of one filter. In matchany each check collects its own matches. */
export interface Check {
  filter: Filter;
  value: string;
  /** For all filters but `bytes`. */
  pattern: Pattern | undefined;
  /** For `bytes`. */
  needle: Buffer | undefined;
  matches: ProcessName[];
}

/** A search that is ready to run, with its hits so far. */
export interface Plan {
  label: string;
  search: Search;
  checks: Check[];
  names: Check[];
  libraries: Check[];
  /** The checks of memory: contents and bytes. */
  memory: Check[];
  offset: number;
  maxLength: number;
  /** Processes that pass all checks (matchall). */
  matches: ProcessName[];
}

/** A content check is compared with windows of this size, unless a byte string is over half of it. */
const WINDOW_BYTES = 4096;

export function createPlans({ searches }: Parameters): Plan[] {
  return Object.entries(searches).map(([label, search]) => createPlan(label, search));
}

function createPlan(label: string, search: Search): Plan {
  const checks = FILTERS.flatMap((filter) =>
    (search[filter] ?? []).map((value) => createCheck(filter, value)),
  );
  const { offset, maxlength } = search.options;
  return {
    label,
    search,
    checks,
    names: checks.filter(({ filter }) => filter === 'names'),
    libraries: checks.filter(({ filter }) => filter === 'libraries'),
    memory: checks.filter(({ filter }) => filter === 'contents' || filter === 'bytes'),
    offset: Math.max(0, Math.trunc(offset)),
    maxLength: maxlength === 0 ? Number.POSITIVE_INFINITY : maxlength,
    matches: [],
  };
}

function createCheck(filter: Filter, value: string): Check {
  const isBytes = filter === 'bytes';
  return {
    filter,
    value,
    pattern: isBytes ? undefined : compilePattern(value),
    needle: isBytes ? Buffer.from(value, 'hex') : undefined,
    matches: [],
  };
}

/** The window of all searches: twice the longest byte string, if that is larger (spec/modules/memory.md#algorithm). */
export function windowBytesOf(plans: readonly Plan[]): number {
  const lengths = plans.flatMap(({ memory }) => memory.map(({ needle }) => needle?.length ?? 0));
  return Math.max(WINDOW_BYTES, 2 * Math.max(0, ...lengths));
}
