import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export function findOnPath(program: string): string | undefined {
  return findIn(pathFolders(), program);
}

/** Returns the first executable of this name in the folders. */
export function findIn(folders: readonly string[], program: string): string | undefined {
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

export function pathFolders(): string[] {
  const { PATH = '' } = process.env;
  return PATH.split(delimiter).filter((folder) => folder !== '');
}

export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
