import type { Entry } from '../entry.ts';
import type { ConfigFile } from './files.ts';

type Facts = Pick<Entry, 'kind' | 'user' | 'commands'> & Partial<Pick<Entry, 'name' | 'isEnabled'>>;

/** What a file starts. The entry has the name of the file and is enabled, unless the facts say otherwise. */
export function fileEntry({ path, mtimeMs, sha256 }: ConfigFile, facts: Facts): Entry {
  return { name: fileName(path), path, isEnabled: true, mtimeMs, sha256, ...facts };
}

export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
