import { lstatSync, readlinkSync } from 'node:fs';
import { posix } from 'node:path';
import { goErrno } from '../go-text.ts';

const MAX_LINKS = 255;

/** Resolves a chain of links component by component, so that an error can name the first one that is missing. */
export function resolveLink(path: string): { path: string } | { error: string } {
  let links = 0;
  const todo = path.split('/').filter((part) => part !== '' && part !== '.');
  let done = path.startsWith('/') ? '/' : '';
  while (todo.length > 0) {
    const part = todo.shift() ?? '';
    if (part === '..') {
      done = posix.dirname(done);
      continue;
    }
    const next = done === '' ? part : posix.join(done, part);
    try {
      if (!lstatSync(next).isSymbolicLink()) {
        done = next;
        continue;
      }
    } catch (error) {
      return { error: `followSymLink() -> lstat ${next}: ${goErrno(error)}` };
    }
    if (++links > MAX_LINKS) return { error: 'followSymLink() -> EvalSymlinks: too many links' };
    let target: string;
    try {
      target = readlinkSync(next);
    } catch (error) {
      return { error: `followSymLink() -> readlink ${next}: ${goErrno(error)}` };
    }
    if (target.startsWith('/')) done = '/';
    todo.unshift(...target.split('/').filter((piece) => piece !== '' && piece !== '.'));
  }
  return { path: done };
}
