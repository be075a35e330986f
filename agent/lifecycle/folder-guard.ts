import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { dirname, join, parse, resolve } from 'node:path';
import { MigError } from '../../contract/errors.ts';

export interface GuardedPaths {
  /** Files that are guarded together with their folders: other files in these count too. */
  files: readonly string[];
  folders: readonly string[];
  /**
   * Files that the agent only writes. A group may write to their folder, as to `/var/log` on some systems: the log follows
   * no links (agent/lifecycle/log-file.ts).
   */
  logs?: readonly string[];
  /** Whom the paths belong to, for the message. */
  program?: 'agent' | 'loader';
}

/** The kind of the last part of a path. All other parts are parent folders. */
type End = 'folder' | 'file' | 'log folder';

const WRITABLE_BY_OTHERS = 0o022;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;
const MAX_LINKS = 40;
const OTHER_LOG = 'name another file in [logging] file, in a folder that only root can write';

/**
 * Checks that only root can write the executable, the configuration and the state of an agent that runs as root: any other
 * user could become root with it. Throws `folder_writable` with the first path that another user can change, and with the
 * remedy. For a path that does not exist, the folder that it would be created in decides.
 */
export function guardFolders(paths: GuardedPaths, ownUserId = 0): void {
  try {
    checkPaths(paths, ownUserId);
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    const { program = 'agent' } = paths;
    throw new MigError(error.code, `the ${program} runs as root and does not start: ${error.message}`);
  }
}

function checkPaths({ files, folders, logs = [] }: GuardedPaths, ownUserId: number): void {
  // The owner of the root folder owns the machine; in a user namespace that is not user 0.
  const trusted = new Set([0, ownUserId, lstatSync(parse(resolve('/')).root).uid]);
  const strict = [...folders, ...files.map((file) => dirname(file))];
  for (const path of strict) checkPath(path, { trusted, end: 'folder' });
  for (const path of files) checkPath(path, { trusted, end: 'file' });
  for (const path of logs) checkLog(path, trusted);
}

function checkLog(path: string, trusted: ReadonlySet<number>): void {
  checkPath(dirname(path), { trusted, end: 'log folder' });
  const stat = lstatIfThere(path);
  if (!stat) return;
  if (!stat.isFile()) throw unsafe(path, 'is no regular file', OTHER_LOG);
  if (stat.nlink > 1) throw unsafe(path, 'has a second name in another folder', OTHER_LOG);
  checkPath(path, { trusted, end: 'file' });
}

/** Checks every part of a path, and every part of the targets of links in it. */
function checkPath(path: string, { trusted, end }: { trusted: ReadonlySet<number>; end: End }): void {
  let { root: current, rest } = split(resolve(path));
  let links = 0;
  checkPart(current, lstatSync(current), { trusted, end: rest.length === 0 ? end : undefined });
  while (rest.length > 0) {
    const [name = '', ...after] = rest;
    const next = join(current, name);
    const stat = lstatIfThere(next);
    if (!stat) return;
    if (stat.isSymbolicLink()) {
      if (++links > MAX_LINKS) throw unsafe(next, 'is a link in a circle of links');
      checkOwner(next, stat, trusted);
      const target = split(resolve(current, readlinkSync(next)));
      current = target.root;
      rest = [...target.rest, ...after];
      continue;
    }
    current = next;
    rest = after;
    checkPart(current, stat, { trusted, end: rest.length === 0 ? end : undefined });
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

/** In a sticky parent nobody can replace root's files. In the agent's own folder others could still add files. */
function checkPart(
  path: string,
  stat: Stats,
  { trusted, end }: { trusted: ReadonlySet<number>; end: End | undefined },
): void {
  checkOwner(path, stat, trusted);
  const isParent = end === undefined;
  if (isParent && (stat.mode & STICKY) !== 0) return;
  if ((stat.mode & (end === 'log folder' ? WRITABLE_BY_ALL : WRITABLE_BY_OTHERS)) === 0) return;
  throw unsafe(path, 'can be written by others', end === 'log folder' ? OTHER_LOG : `chmod go-w '${path}'`);
}

function checkOwner(path: string, { uid }: Stats, trusted: ReadonlySet<number>): void {
  if (!trusted.has(uid)) throw unsafe(path, `belongs to user ${uid}`, `chown root '${path}'`);
}

function unsafe(path: string, what: string, remedy = 'install the agent elsewhere'): MigError {
  return new MigError(
    'folder_writable',
    `${path} ${what}; install it where only root can write, or: ${remedy}`,
  );
}

function lstatIfThere(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
