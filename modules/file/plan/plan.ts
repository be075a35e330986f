import type { ListEntries } from '../filesystem/list-entries.ts';
import { cleanPath, type Path } from '../filesystem/paths.ts';
import { FILTERS, type Filter, type Parameters, type Search } from '../parameters/schema.ts';
import { type Check, createCheck, type HashName } from './check.ts';
import { expandRoot } from './roots.ts';

/** A search that is ready to run, with its hits so far. */
export interface Plan {
  label: string;
  search: Search;
  /** Cleaned, in the given order. */
  paths: string[];
  /** The same paths on this machine: a path with U+FFFD stands for all names that are displayed the same way. */
  roots: Path[];
  checks: Check[];
  /** The same checks, by their input: only name and inode, the lines, or all bytes. */
  metadata: Check[];
  allMetadata: ReadonlySet<Check>;
  contents: Check[];
  hashes: Check[];
  hashNames: readonly HashName[];
  hits: number;
  /** The limits that excluded files or directories from the search. */
  limitsReached: Set<'matchlimit' | 'maxdepth' | 'memory'>;
  /** Files that pass all checks (matchall). */
  matches: Set<Path>;
}

interface PlanDeps {
  nowMs: number;
  listEntries: ListEntries;
}

/** Turns validated parameters into plans. Throws `makeChecks() -> …` for values without a meaning. */
export function createPlans({ searches }: Parameters, deps: PlanDeps): Plan[] {
  return Object.entries(searches).map(([label, search]) => createPlan(label, search, deps));
}

/** Filters of metadata, the cheapest first, in MIG's order. */
const METADATA: readonly Filter[] = ['names', 'modes', 'sizes', 'mtimes'];

function createPlan(label: string, search: Search, { nowMs, listEntries }: PlanDeps): Plan {
  const checks = FILTERS.flatMap((filter) =>
    (search[filter] ?? []).map((value) => createCheck({ search, filter, value, nowMs })),
  );
  const metadata = METADATA.flatMap((filter) => checks.filter((check) => check.filter === filter));
  const hashes = checks.filter(({ hash }) => hash !== undefined);
  const paths = (search.paths ?? []).map(cleanPath);
  return {
    label,
    search,
    paths,
    roots: paths.flatMap((path) => expandRoot(path, listEntries)),
    checks,
    metadata,
    allMetadata: new Set(metadata),
    contents: checks.filter(({ filter }) => filter === 'contents'),
    hashes,
    hashNames: [...new Set(hashes.flatMap(({ hash }) => hash ?? []))],
    hits: 0,
    limitsReached: new Set(),
    matches: new Set(),
  };
}
