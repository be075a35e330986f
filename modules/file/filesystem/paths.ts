import { posix } from 'node:path';
import type { Path } from '../../../platform/machine/directory/system-path.ts';

/** A path of any system: the search may run on another one than this. */
export function isAbsolute(path: string): boolean {
  return /^(\/|[A-Za-z]:[\\/]|\\)/.test(path);
}

/** Whether a path is another one or below it, by components. */
export function isAtOrBelow(path: Path, root: Path): boolean {
  return path === root || root === '/' || root === '.' || path.startsWith(`${root}/`);
}

/** Cleans a path as Go's filepath.Clean does: removes `//`, `.`, `..` and a trailing slash. */
export function cleanPath(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}
