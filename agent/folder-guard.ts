import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';
import { MigError } from '../contract/errors.ts';

export interface GuardedPaths {
  /** Files: their folders must be nobody else's, for what lies beside them counts too. */
  files: readonly string[];
  folders: readonly string[];
}

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
const MAX_LINKS = 40;

/**
 * An agent that runs as root is whoever can write its executable, its configuration or its state. Throws
 * `folder_writable`, naming the first part of a path that somebody else can change, and what to do about it. What does
 * not exist is judged by the folder that it would be made in.
 */
export function guardFolders({ files, folders }: GuardedPaths, ownUserId = 0): void {
  // Whoever has the root folder has the machine; in a user namespace that is nobody's number.
  const trusted = new Set([0, ownUserId, lstatSync(parse(resolve('/')).root).uid]);
  const strict = [...folders, ...files.map((file) => dirname(file))];
  for (const path of strict) checkPath(path, { trusted, isFolderItself: true });
  for (const path of files) checkPath(path, { trusted, isFolderItself: false });
}

/** Follows the path part by part, through links, and looks at each. */
function checkPath(
  path: string,
  { trusted, isFolderItself }: { trusted: ReadonlySet<number>; isFolderItself: boolean },
): void {
  let { root: current, rest } = split(resolve(path));
  let links = 0;
  checkPart(current, lstatSync(current), { trusted, isLast: rest.length === 0 && isFolderItself });
  while (rest.length > 0) {
    const [name = '', ...after] = rest;
    const next = join(current, name);
    const stat = lstatIfThere(next);
    if (!stat) return;
    if (stat.isSymbolicLink()) {
      if (++links > MAX_LINKS) throw unsafe(next, 'is a link that leads round in a circle');
      checkOwner(next, stat, trusted);
      const target = split(resolve(current, readlinkSync(next)));
      current = target.root;
      rest = [...target.rest, ...after];
      continue;
    }
    current = next;
    rest = after;
    checkPart(current, stat, { trusted, isLast: rest.length === 0 && isFolderItself });
  }
}

function split(path: string): { root: string; rest: string[] } {
  const { root } = parse(path);
  const rest = path
    .slice(root.length)
    .split('/')
    .filter((part) => part !== '');
  return { root, rest };
}

/** In a sticky folder nobody can replace what belongs to root; but in the agent's own folder others could add to it. */
function checkPart(
  path: string,
  stat: Stats,
  { trusted, isLast }: { trusted: ReadonlySet<number>; isLast: boolean },
): void {
  checkOwner(path, stat, trusted);
  const isSticky = stat.isDirectory() && (stat.mode & STICKY) !== 0;
  if ((stat.mode & WRITABLE_BY_OTHERS) === 0 || (isSticky && !isLast)) return;
  throw unsafe(path, 'can be written by others', `chmod go-w '${path}'`);
}

function checkOwner(path: string, { uid }: Stats, trusted: ReadonlySet<number>): void {
  if (!trusted.has(uid)) throw unsafe(path, `belongs to user ${uid}`, `chown root '${path}'`);
}

function unsafe(path: string, what: string, remedy = 'install the agent elsewhere'): MigError {
  return new MigError(
    'folder_writable',
    `the agent runs as root and does not start: ${path} ${what}; install it where only root can write, or: ${remedy}`,
  );
}

function lstatIfThere(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
