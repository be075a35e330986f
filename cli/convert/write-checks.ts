import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { whyUnreadable } from '../../platform/files/read-text.ts';
import type { WrittenCheck } from './convert-checks.ts';

/** Writes each check into a file of its own. The folder must be new or empty, so that nothing is lost and nothing is stale. */
export function writeChecks(folder: string, checks: readonly WrittenCheck[]): void {
  try {
    mkdirSync(folder, { recursive: true });
    if (readdirSync(folder).length > 0)
      throw new MigError('usage', `${folder}: is not empty; name a new folder after -o`);
    // No link and no file that appeared meanwhile is written to.
    for (const { id, text } of checks) writeFileSync(join(folder, `${id}.json`), text, { flag: 'wx' });
  } catch (cause) {
    if (cause instanceof MigError) throw cause;
    throw new MigError('usage', `${folder}: cannot be written: ${whyUnreadable(cause)}`, { cause });
  }
}
