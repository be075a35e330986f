import { errorMessage } from '../contract/errors.ts';

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'its path leads through something that is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user has no right to',
  EPERM: 'this user has no right to',
  ELOOP: 'its links lead round in a circle',
};

/** Why a file or folder cannot be read, in words; the system's own name of no path, or of no cause. */
export function whyUnreadable(error: unknown): string {
  const { code = '' } = error as NodeJS.ErrnoException;
  return REASONS[code] ?? errorMessage(error);
}
