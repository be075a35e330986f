import { lstatSync, readlinkSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { type Path, systemPath, toPath } from './paths.ts';

const MAX_LINKS = 255;

/** Resolves a chain of links component by component, so that an error can name the first one that is missing. */
export function resolveLink(path: Path): { path: Path } | { error: string } {
  let links = 0;
  const todo = path.split('/').filter((part) => part !== '' && part !== '.');
  let done = path.startsWith('/') ? '/' : '';
  while (todo.length > 0) {
    const part = todo.shift() ?? '';
    if (part === '..') {
      done = parentOf(done);
      continue;
    }
    const next = done === '' || done === '/' ? done + part : `${done}/${part}`;
    try {
      if (!lstatSync(systemPath(next)).isSymbolicLink()) {
        done = next;
        continue;
      }
    } catch (error) {
      return { error: `followSymLink() -> lstat ${next}: ${goErrno(error)}` };
    }
    if (++links > MAX_LINKS) return { error: 'followSymLink() -> EvalSymlinks: too many links' };
    let target: string;
    try {
      target = toPath(readlinkSync(systemPath(next), { encoding: 'buffer' }));
    } catch (error) {
      return { error: `followSymLink() -> readlink ${next}: ${goErrno(error)}` };
    }
    if (target.startsWith('/')) done = '/';
    todo.unshift(...target.split('/').filter((piece) => piece !== '' && piece !== '.'));
  }
  return { path: done };
}

/** By hand: the runtime's own functions on paths lose bytes that are not UTF-8. */
function parentOf(path: Path): Path {
  return path.slice(0, path.lastIndexOf('/')) || (path.startsWith('/') ? '/' : '');
}
