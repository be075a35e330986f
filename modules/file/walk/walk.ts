import { lstatSync, type Stats, statSync } from 'node:fs';
import { posix } from 'node:path';
import { goErrno } from '../../../contract/go/errno.ts';
import type { Clock } from '../deadline.ts';
import type { Entry, Kind } from '../filesystem/entry.ts';
import { listEntries } from '../filesystem/list-entries.ts';
import { type Path, shownPath, systemPath } from '../filesystem/paths.ts';
import { resolveLink } from '../filesystem/resolve-link.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';

/** Called for every file, with the searches that are active on it; may be none, the file counts all the same. */
type Visit = (file: Path, active: readonly Plan[]) => Promise<void> | undefined;

/** Lexical cleaning as Go's filepath.Clean: `//`, `.`, `..` and a trailing slash go; nothing becomes `.`. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

interface Walker {
  plans: readonly Plan[];
  tally: Tally;
  visit: Visit;
  clock: Clock;
}

/**
 * Walks the paths of all searches together, sorted, each once; a root inside another is walked again
 * (spec/modules/file.md#walking). Each search keeps to its own paths, by component, and to its own depth. Throws
 * TimeIsUp.
 */
export async function walk(plans: readonly Plan[], deps: Omit<Walker, 'plans'>): Promise<void> {
  const roots = [...new Set(plans.flatMap((plan) => plan.roots))].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  for (const root of roots) await walkRoot(root, { plans, ...deps });
}

/** The level that each search in scope has in a directory; a level deeper than its limit keeps it from looking. */
type Levels = ReadonlyMap<Plan, number>;

async function walkRoot(root: Path, walker: Walker): Promise<void> {
  const { tally } = walker;
  let stats: Stats;
  try {
    stats = lstatSync(systemPath(root));
  } catch (error) {
    tally.openFailed(`ERROR: open ${shownPath(root)}: ${goErrno(error)}`);
    tally.error(`ERROR: open ${shownPath(root)}: ${goErrno(error)}`);
    return;
  }
  const levels = enter(root, walker.plans, new Map());
  const active = activeIn(levels, tally);
  if (active.length === 0) return;
  if (stats.isDirectory()) return walkDirectory(root, levels, walker);
  if (stats.isSymbolicLink()) return walkLinkedRoot(root, active, walker);
  return walker.visit(root, active);
}

/** A link to a file stands for that file; one to a folder is not followed, and looked at like a file. */
async function walkLinkedRoot(root: Path, active: readonly Plan[], { tally, visit }: Walker): Promise<void> {
  let isFolder: boolean;
  try {
    isFolder = statSync(systemPath(root)).isDirectory();
  } catch (error) {
    return tally.openFailed(`ERROR: open ${shownPath(root)}: ${goErrno(error)}`);
  }
  const resolved = resolveLink(root);
  if ('error' in resolved) return tally.openFailed(`ERROR: ${resolved.error}`);
  if (!isFolder) return visit(resolved.path, active);
  tally.error(`warning: ${shownPath(root)} is a link to ${shownPath(resolved.path)} and was not followed`);
  return visit(root, active);
}

/** A search is in scope at or below one of its paths; there it counts one level deeper per directory. */
function enter(path: Path, plans: readonly Plan[], parent: Levels): Levels {
  const inScope = plans.filter((plan) => plan.roots.some((base) => isWithin(path, base)));
  return new Map(inScope.map((plan) => [plan, (parent.get(plan) ?? 0) + 1]));
}

function activeIn(levels: Levels, tally: Tally): Plan[] {
  const active: Plan[] = [];
  for (const [plan, level] of levels) {
    if (level > maxLevel(plan)) plan.cuts.add('maxdepth');
    else if (isBelowLimit(plan, tally)) active.push(plan);
  }
  return active;
}

function maxLevel({ search }: Plan): number {
  const { maxdepth } = search.options;
  return maxdepth === 0 ? Number.POSITIVE_INFINITY : Math.trunc(maxdepth);
}

/** Asked before something is looked at: what is at its limit does not look, and that is remembered. */
export function isBelowLimit(plan: Plan, tally: Tally): boolean {
  const { matchlimit } = plan.search.options;
  if (tally.isFull) {
    plan.cuts.add('memory');
    return false;
  }
  if (matchlimit === 0 || plan.hits < matchlimit) return true;
  plan.cuts.add('matchlimit');
  return false;
}

function isWithin(path: Path, base: Path): boolean {
  return path === base || base === '/' || base === '.' || path.startsWith(`${base}/`);
}

async function walkDirectory(directory: Path, levels: Levels, walker: Walker): Promise<void> {
  const { tally } = walker;
  const active = activeIn(levels, tally);
  const isBelow = (plan: Plan) => isBelowLimit(plan, tally);
  if (active.length === 0) return;
  const prefix = directory === '/' ? '/' : `${directory}/`;
  const folders: Path[] = [];
  const batches = listEntries(directory);
  for (;;) {
    const entries = nextEntries(batches, directory, walker);
    if (!entries) break;
    for (const entry of entries) {
      const path = prefix + entry.name;
      const kind = kindOf(entry, path, walker);
      if (kind === 'folder') folders.push(path);
      else if (kind === 'file') {
        const pending = walker.visit(path, active.every(isBelow) ? active : active.filter(isBelow));
        if (pending) await pending;
        if (++visited % FILES_BETWEEN_LOOKS === 0) await yieldNowAndThen();
      }
      if (kind !== 'folder' && ++seen % ENTRIES_BETWEEN_LOOKS === 0) walker.clock.check(path);
    }
  }
  for (const folder of folders) {
    walker.clock.check(folder);
    await walkDirectory(folder, enter(folder, walker.plans, levels), walker);
  }
}

const FILES_BETWEEN_LOOKS = 16;
const ENTRIES_BETWEEN_LOOKS = 64;
let visited = 0;
let seen = 0;
let lastYield = performance.now();

/** Everything here is synchronous for speed; timers still get their turn, ten times a second. */
async function yieldNowAndThen(): Promise<void> {
  if (performance.now() - lastYield < 100) return;
  await new Promise((resolve) => setImmediate(resolve));
  lastYield = performance.now();
}

/** Undefined at the end, and where the folder cannot be read any further. */
function nextEntries(batches: Generator<Entry[]>, directory: Path, { tally }: Walker): Entry[] | undefined {
  try {
    const next = batches.next();
    return next.done ? undefined : next.value;
  } catch (error) {
    tally.openFailed(`ERROR: open ${shownPath(directory)}/: ${goErrno(error)}`);
    tally.error(`open ${shownPath(directory)}/: ${goErrno(error)}`);
    return undefined;
  }
}

/** A link counts as what it leads to if that is a file. Where the folder does not say what an entry is, it is asked. */
function kindOf({ kind }: Entry, path: Path, walker: Walker): Kind {
  if (kind === 'file' || kind === 'folder') return kind;
  if (kind === 'link') return leadsToFile(path, walker) ? 'file' : 'other';
  if (kind === 'other') return kind;
  let stats: Stats;
  try {
    stats = lstatSync(systemPath(path));
  } catch (error) {
    walker.tally.openFailed(`ERROR: lstat ${shownPath(path)}: ${goErrno(error)}`);
    return 'other';
  }
  if (stats.isSymbolicLink()) return leadsToFile(path, walker) ? 'file' : 'other';
  return stats.isDirectory() ? 'folder' : stats.isFile() ? 'file' : 'other';
}

/** Links are followed wherever they point, to files only; a broken one is an error that stops nothing. */
function leadsToFile(link: Path, { tally }: Walker): boolean {
  try {
    return statSync(systemPath(link)).isFile();
  } catch (error) {
    const resolved = resolveLink(link);
    tally.openFailed(
      `ERROR: ${'error' in resolved ? resolved.error : `stat ${shownPath(link)}: ${goErrno(error)}`}`,
    );
    return false;
  }
}
