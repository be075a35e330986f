import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { errorMessage } from '../../contract/errors.ts';
import { readText, unreadable } from '../../platform/files/read-text.ts';

/** The text of a public key, and its origin in words. */
export interface ConfiguredKey {
  armored: string;
  source: string;
}

/** Skips unreadable files with a warning. Undefined when there is no such folder. */
export function readKeyFolder(folder: string, warn: (line: string) => void): ConfiguredKey[] | undefined {
  return namesIn(folder)
    ?.sort()
    .flatMap((name) => {
      const source = join(folder, name);
      try {
        return [{ armored: readText(source), source }];
      } catch (error) {
        warn(errorMessage(error));
        return [];
      }
    });
}

/** Undefined when there is no such folder. */
function namesIn(folder: string): string[] | undefined {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unreadable(folder, cause);
  }
}
