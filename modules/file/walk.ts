import { type Dirent, lstatSync, readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { posix } from 'node:path';
import { goErrno } from '../go-text.ts';
import type { Plan } from './checks.ts';
import { resolveLink } from './links.ts';
import type { Tally } from './tally.ts';

/** Called for every file, with the searches that are active on it; may be none, the file counts all the same. */
export type Visit = (file: string, active: readonly Plan[]) => Promise<void> | undefined;

/** Lexical cleaning as Go's filepath.Clean: `//`, `.`, `..` and a trailing slash go; nothing becomes `.`. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/**
 * Walks the paths of all searches together, sorted, each once; a root inside another is walked again (spec: walking).
 * Each search keeps to its own paths, by component, and to its own depth.
 */
export async function walk(
  plans: readonly Plan[],
  { tally, visit }: { tally: Tally; visit: Visit },
): Promise<void> {
  const roots = [...new Set(plans.flatMap((plan) => plan.paths))].sort((a, b) =>
    Buffer.compare(Buffer.from(a), Buffer.from(b)),
  );
  for (const root of roots) await walkRoot(root, { plans, tally, visit });
}

interface Walker {
  plans: readonly Plan[];
  tally: Tally;
  visit: Visit;
}

/** The level that each search in scope has in a directory; a level deeper than its limit keeps it from looking. */
type Levels = ReadonlyMap<Plan, number>;

async function walkRoot(root: string, walker: Walker): Promise<void> {
  let stats: Stats;
  try {
    stats = lstatSync(root);
  } catch (error) {
    walker.tally.openFailed(`ERROR: open ${root}: ${goErrno(error)}`);
    walker.tally.error(`ERROR: open ${root}: ${goErrno(error)}`);
    return;
  }
  const levels = enter(root, walker.plans, new Map());
  const active = activeIn(levels);
  if (active.length === 0) return;
  if (stats.isDirectory()) return walkDirectory(root, levels, walker);
  if (!stats.isSymbolicLink()) return walker.visit(root, active);
  const resolved = resolveLink(root);
  if ('error' in resolved) return walker.tally.openFailed(`ERROR: ${resolved.error}`);
  if (!statSync(resolved.path).isDirectory()) return walker.visit(resolved.path, active);
  walker.tally.error(`warning: ${root} is a link to ${resolved.path} and was not followed`);
  return walker.visit(root, active);
}

/** A search is in scope at or below one of its paths; there it counts one level deeper per directory. */
function enter(path: string, plans: readonly Plan[], parent: Levels): Levels {
  const inScope = plans.filter((plan) => plan.paths.some((base) => isWithin(path, base)));
  return new Map(inScope.map((plan) => [plan, (parent.get(plan) ?? 0) + 1]));
}

function activeIn(levels: Levels): Plan[] {
  return [...levels]
    .filter(([plan, level]) => level <= maxLevel(plan) && isBelowLimit(plan))
    .map(([plan]) => plan);
}

function maxLevel({ search }: Plan): number {
  const { maxdepth } = search.options;
  return maxdepth === 0 ? Number.POSITIVE_INFINITY : Math.trunc(maxdepth);
}

function isBelowLimit({ hits, search }: Plan): boolean {
  return search.options.matchlimit === 0 || hits < search.options.matchlimit;
}

function isWithin(path: string, base: string): boolean {
  return path === base || base === '/' || base === '.' || path.startsWith(`${base}/`);
}

async function walkDirectory(directory: string, levels: Levels, walker: Walker): Promise<void> {
  const active = activeIn(levels);
  if (active.length === 0) return;
  const prefix = directory === '/' ? '/' : `${directory}/`;
  const folders: string[] = [];
  for (const entry of readEntries(directory, walker)) {
    const path = `${prefix}${entry.name}`;
    if (entry.isDirectory()) folders.push(path);
    else if (entry.isFile() || (entry.isSymbolicLink() && leadsToFile(path, walker))) {
      const pending = walker.visit(path, active.every(isBelowLimit) ? active : active.filter(isBelowLimit));
      if (pending) await pending;
      if (++visited % FILES_BETWEEN_LOOKS === 0) await yieldNowAndThen();
    }
  }
  for (const folder of folders) await walkDirectory(folder, enter(folder, walker.plans, levels), walker);
}

const FILES_BETWEEN_LOOKS = 16;
let visited = 0;
let lastYield = performance.now();

/** Everything here is synchronous for speed; timers still get their turn, ten times a second. */
async function yieldNowAndThen(): Promise<void> {
  if (performance.now() - lastYield < 100) return;
  await new Promise((resolve) => setImmediate(resolve));
  lastYield = performance.now();
}

function readEntries(directory: string, { tally }: Walker): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    tally.openFailed(`ERROR: open ${directory}/: ${goErrno(error)}`);
    tally.error(`open ${directory}/: ${goErrno(error)}`);
    return [];
  }
}

/** Links are followed wherever they point, to files only; a broken one is an error that stops nothing. */
function leadsToFile(link: string, { tally }: Walker): boolean {
  try {
    return statSync(realpathSync.native(link)).isFile();
  } catch {
    const resolved = resolveLink(link);
    if ('error' in resolved) tally.openFailed(`ERROR: ${resolved.error}`);
    return false;
  }
}
