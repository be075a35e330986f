import { lstatSync, type Stats, statSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import type { Entry } from '../../../platform/machine/directory/entry.ts';
import type { ListEntries } from '../../../platform/machine/directory/list-entries.ts';
import { type Path, toDisplayPath, toSystemPath } from '../../../platform/machine/directory/system-path.ts';
import type { Deadline } from '../deadline.ts';
import { resolveLink } from '../filesystem/resolve-link.ts';
import { mayContinue } from '../plan/limits.ts';
import type { Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';
import { resolveKind } from './entry-kind.ts';
import { createPacer, type Pacer } from './pacer.ts';
import { activePlans, enterScope, NO_SCOPE, type Scope } from './scope.ts';

/** Called for every file with the searches that are active there. Without any, the file is only counted. */
type Visit = (file: Path, active: readonly Plan[]) => Promise<void> | undefined;

interface WalkDeps {
  tally: Tally;
  deadline: Deadline;
  listEntries: ListEntries;
  visit: Visit;
}

interface Walker extends WalkDeps {
  plans: readonly Plan[];
  pacer: Pacer;
}

/**
 * Walks the paths of all searches together, sorted, each once; a root inside another is walked again
 * (spec/modules/file.md#walking). Every search keeps to its own paths and its own depth. Throws DeadlineError.
 */
export async function walk(plans: readonly Plan[], deps: WalkDeps): Promise<void> {
  const walker: Walker = { ...deps, plans, pacer: createPacer(deps.deadline) };
  for (const root of sortedRoots(plans)) await walkRoot(root, walker);
}

function sortedRoots(plans: readonly Plan[]): Path[] {
  const roots = new Set(plans.flatMap((plan) => plan.roots));
  return [...roots].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

async function walkRoot(root: Path, walker: Walker): Promise<void> {
  const { tally } = walker;
  let stats: Stats;
  try {
    stats = lstatSync(toSystemPath(root));
  } catch (error) {
    const text = `ERROR: open ${toDisplayPath(root)}: ${goErrno(error)}`;
    tally.openFailed(text);
    tally.error(text); // MIG lists this error twice.
    return;
  }
  const scope = enterScope(root, walker.plans, NO_SCOPE);
  const active = activePlans(root, scope, tally);
  if (active.length === 0) return;
  if (stats.isDirectory()) return walkDirectory(root, scope, walker);
  if (stats.isSymbolicLink()) return walkLinkedRoot(root, active, walker);
  return walker.visit(root, active);
}

/** A link to a file counts as that file. A link to a directory is not followed, and is evaluated like a file. */
async function walkLinkedRoot(root: Path, active: readonly Plan[], { tally, visit }: Walker): Promise<void> {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(toSystemPath(root)).isDirectory();
  } catch (error) {
    return tally.openFailed(`ERROR: open ${toDisplayPath(root)}: ${goErrno(error)}`);
  }
  const resolved = resolveLink(root);
  if ('error' in resolved) return tally.openFailed(`ERROR: ${resolved.error}`);
  if (!isDirectory) return visit(resolved.path, withoutExcluded(active, resolved.path));
  tally.error(
    `warning: ${toDisplayPath(root)} is a link to ${toDisplayPath(resolved.path)} and was not followed`,
  );
  return visit(root, active);
}

/** Visits the files of a directory first, then walks its directories. */
async function walkDirectory(directory: Path, scope: Scope, walker: Walker): Promise<void> {
  const active = activePlans(directory, scope, walker.tally);
  if (active.length === 0) return;
  const directories = await visitFiles(directory, active, walker);
  for (const child of directories) {
    walker.deadline.check(child);
    await walkDirectory(child, enterScope(child, walker.plans, scope), walker);
  }
}

/** Returns the directories that it found. Calls the generator by hand: `for … of` makes a walk by names 5 % slower. */
async function visitFiles(directory: Path, active: readonly Plan[], walker: Walker): Promise<Path[]> {
  const { tally, visit, pacer } = walker;
  let path = directory;
  const isStillActive = (plan: Plan) => mayContinue(plan, tally, path);
  const hasExclusions = active.some(({ isExcluded }) => isExcluded !== undefined);
  const prefix = directory === '/' ? '/' : `${directory}/`;
  const directories: Path[] = [];
  const batches = walker.listEntries(directory);
  for (;;) {
    const entries = nextEntries(batches, directory, tally);
    if (!entries) return directories;
    for (const entry of entries) {
      path = prefix + entry.name;
      const kind = resolveKind(entry, path, tally);
      if (kind === 'directory') {
        directories.push(path);
        continue;
      }
      if (kind === 'file') {
        // Promises only where they are needed: one for each of a million files costs more than the files.
        const remaining = active.every(isStillActive) ? active : active.filter(isStillActive);
        const visiting = visit(path, hasExclusions ? withoutExcluded(remaining, path) : remaining);
        if (visiting) await visiting;
        const yielding = pacer.afterFile();
        if (yielding) await yielding;
      }
      pacer.afterEntry(path);
    }
  }
}

function withoutExcluded(plans: readonly Plan[], path: Path): Plan[] {
  return plans.filter(({ isExcluded }) => isExcluded === undefined || !isExcluded(path));
}

/** Returns undefined at the end of the directory, and when the rest of it cannot be read. */
function nextEntries(batches: Generator<Entry[]>, directory: Path, tally: Tally): Entry[] | undefined {
  try {
    const next = batches.next();
    return next.done ? undefined : next.value;
  } catch (error) {
    tally.openFailed(`ERROR: open ${toDisplayPath(directory)}/: ${goErrno(error)}`);
    tally.error(`open ${toDisplayPath(directory)}/: ${goErrno(error)}`);
    return undefined;
  }
}
