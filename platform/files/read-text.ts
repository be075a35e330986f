import { statSync } from 'node:fs';
import { type ErrorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { readBytes } from './read-bytes.ts';

/** Reads a file that a person wrote or named; throws an error with its path and the reason why it cannot be read. */
export function readText(file: string, code: ErrorCode = 'config_invalid'): string {
  try {
    return readBytes(file).toString();
  } catch (cause) {
    throw unreadable(file, cause, code);
  }
}

/** As `readText`, and refuses a larger file before it is read, and anything that is no file. */
export function readBoundedText(file: string, maxBytes: number): string {
  return readBoundedBytes(file, maxBytes).toString();
}

/** As `readBoundedText`, for a file that need not be text. */
export function readBoundedBytes(file: string, maxBytes: number): Buffer {
  requireBounded(file, maxBytes);
  try {
    return readBytes(file, maxBytes);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

function requireBounded(file: string, maxBytes: number): void {
  let problem: string | undefined;
  try {
    const stats = statSync(file);
    if (!stats.isFile() && !stats.isDirectory()) problem = 'is no file';
    else if (stats.size > maxBytes) problem = `has ${stats.size} bytes, over ${maxBytes}`;
  } catch (cause) {
    throw unreadable(file, cause);
  }
  if (problem !== undefined) throw new MigError('config_invalid', `${file}: ${problem}`);
}

/** Undefined when there is no such file. */
export function readTextIfThere(file: string): string | undefined {
  try {
    return readBytes(file).toString();
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw unreadable(file, cause);
  }
}

/** The error for a file or folder that cannot be read. */
export function unreadable(path: string, cause: unknown, code: ErrorCode = 'config_invalid'): MigError {
  return new MigError(code, `${path}: cannot be read: ${whyUnreadable(cause)}`, { cause });
}

/** Whether the error of the file system means that there is no such file. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
}

const REASONS: Record<string, string> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'it, or a part of its path, is no folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user has no right to',
  EPERM: 'this user has no right to',
  ELOOP: 'its links lead round in a circle',
};

/** The reason in words: the system's own message lacks the path or the cause. */
export function whyUnreadable(error: unknown): string {
  return REASONS[(error as NodeJS.ErrnoException).code ?? ''] ?? errorMessage(error);
}
