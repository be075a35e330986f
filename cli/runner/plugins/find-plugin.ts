import { accessSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../../contract/errors.ts';
import { unreadable } from '../../../platform/files/read-text.ts';

/** The path of a plugin: an executable file in the folder of plugins. Refuses every other name. */
export function findPlugin(folder: string, name: string): string {
  if (!/^[^/\\\0]+$/.test(name) || name === '.' || name === '..')
    throw new MigError('config_invalid', `plugin ${JSON.stringify(name)} is no name of a file in ${folder}`);
  const file = join(folder, name);
  try {
    if (!statSync(file).isFile()) throw new MigError('config_invalid', `plugin ${file} is no file`);
  } catch (cause) {
    throw cause instanceof MigError ? cause : unreadable(`plugin ${file}`, cause);
  }
  try {
    accessSync(file, constants.X_OK);
  } catch (cause) {
    throw new MigError('config_invalid', `plugin ${file} is not executable`, { cause });
  }
  return file;
}
