import type { ListEntries } from '../../../platform/machine/directory/list-entries.ts';
import type { Path } from '../../../platform/machine/directory/system-path.ts';
import type { CompilePattern } from '../../../platform/re2/pattern-compiler.ts';
import { cleanPath } from '../filesystem/paths.ts';
import { toBudgetMs } from '../parameters/bounds.ts';
import { FILTERS, type Filter, type Parameters, type Search } from '../parameters/schema.ts';
import type { Tally } from '../tally.ts';
import { createFindAccount, type FindAccount } from './accounts.ts';
import { type Check, createCheck, type HashName } from './check.ts';
import { createExclusion, type Exclusion } from './exclusion.ts';
import { areDisjoint, createMatches, type Matches } from './matches.ts';
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
  /** Undefined when the search excludes nothing. */
  isExcluded: Exclusion | undefined;
  /** When its own time is over, on the clock of `performance.now()`; infinite without `maxtime`. */
  endsAtMs: number;
  hits: number;
  /** The limits that excluded files or directories from the search. */
  limitsReached: Set<'matchlimit' | 'maxdepth' | 'memory' | 'maxtime'>;
  /** Where the search was when its own time was over. */
  stoppedAt: Path | undefined;
  /** Files that pass all checks (matchall). */
  matches: Matches;
  /** Whether its matches are only counted, and take no memory. */
  onlyCounts: boolean;
}

interface PlanDeps {
  /** The time of day, which ages are counted from. */
  nowMs: number;
  /** When the run started, on the clock of `performance.now()`. */
  startedMs: number;
  listEntries: ListEntries;
  tally: Tally;
  compile: CompilePattern;
}

/** Turns validated parameters into plans. Throws `makeChecks() -> …` for values without a meaning. */
export function createPlans({ searches }: Parameters, deps: PlanDeps): Plan[] {
  const { listEntries, tally } = deps;
  const findAccount = createFindAccount(tally);
  const withRoots = Object.entries(searches).map(([label, search]) => {
    const paths = (search.paths ?? []).map(cleanPath);
    return { label, search, paths, roots: paths.flatMap((path) => expandRoot(path, listEntries)) };
  });
  const counts = withRoots.some(({ search }) => search.options.count);
  const seesFilesOnce = counts && areDisjoint(withRoots.flatMap(({ roots }) => roots));
  return withRoots.map((one) =>
    createPlan(one, { ...deps, findAccount, onlyCounts: one.search.options.count && seesFilesOnce }),
  );
}

/** Filters of metadata, the cheapest first, in MIG's order. */
const METADATA: readonly Filter[] = [
  'names',
  'modes',
  'sizes',
  'owners',
  'groups',
  'perms',
  'mtimes',
  'ctimes',
  'btimes',
];

function createPlan(
  { label, search, paths, roots }: Pick<Plan, 'label' | 'search' | 'paths' | 'roots'>,
  {
    nowMs,
    startedMs,
    listEntries,
    findAccount,
    compile,
    onlyCounts,
  }: PlanDeps & { findAccount: FindAccount; onlyCounts: boolean },
): Plan {
  const checks = FILTERS.flatMap((filter) =>
    (search[filter] ?? []).map((value) =>
      createCheck({
        search,
        filter,
        value,
        nowMs,
        findAccount,
        compile,
        matches: createMatches({ onlyCounts }),
      }),
    ),
  );
  const metadata = METADATA.flatMap((filter) => checks.filter((check) => check.filter === filter));
  const hashes = checks.filter(({ hash }) => hash !== undefined);
  const budgetMs = toBudgetMs(search.options.maxtime);
  return {
    label,
    search,
    paths,
    roots,
    checks,
    metadata,
    allMetadata: new Set(metadata),
    contents: checks.filter(({ filter }) => filter === 'contents'),
    hashes,
    hashNames: [...new Set(hashes.flatMap(({ hash }) => hash ?? []))],
    isExcluded: createExclusion(search, { listEntries, compile }),
    endsAtMs: budgetMs === undefined ? Number.POSITIVE_INFINITY : startedMs + budgetMs,
    hits: 0,
    limitsReached: new Set(),
    stoppedAt: undefined,
    matches: createMatches({ onlyCounts }),
    onlyCounts,
  };
}
