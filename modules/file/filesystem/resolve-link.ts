import { lstatSync, readlinkSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, toPath, toSystemPath } from '../../../platform/machine/directory/system-path.ts';

const MAX_LINKS = 255;

/** Resolves all links in a path component by component, so that an error names the first missing one. */
export function resolveLink(path: Path): { path: Path } | { error: string } {
  let links = 0;
  let resolved = path.startsWith('/') ? '/' : '';
  const remaining = componentsOf(path);
  while (true) {
    const component = remaining.shift();
    if (component === undefined) return { path: resolved };
    if (component === '..') {
      resolved = parentOf(resolved);
      continue;
    }
    const next = resolved === '' || resolved === '/' ? resolved + component : `${resolved}/${component}`;
    const link = readLink(next);
    if (link === 'not a link') {
      resolved = next;
      continue;
    }
    if ('error' in link) return link;
    if (++links > MAX_LINKS) return { error: 'followSymLink() -> EvalSymlinks: too many links' };
    if (link.target.startsWith('/')) resolved = '/';
    remaining.unshift(...componentsOf(link.target));
  }
}

function readLink(path: Path): { target: Path } | { error: string } | 'not a link' {
  const systemPath = toSystemPath(path);
  try {
    if (!lstatSync(systemPath).isSymbolicLink()) return 'not a link';
  } catch (error) {
    return { error: `followSymLink() -> lstat ${path}: ${goErrno(error)}` };
  }
  try {
    return { target: toPath(readlinkSync(systemPath, { encoding: 'buffer' })) };
  } catch (error) {
    return { error: `followSymLink() -> readlink ${path}: ${goErrno(error)}` };
  }
}

function componentsOf(path: Path): Path[] {
  return path.split('/').filter((component) => component !== '' && component !== '.');
}

/** `posix.dirname` would lose bytes that are not UTF-8. */
function parentOf(path: Path): Path {
  return path.slice(0, path.lastIndexOf('/')) || (path.startsWith('/') ? '/' : '');
}
