import { existsSync, readdirSync } from 'node:fs';

/** The pages of a folder, such as `mig.1`; none where there is no folder. */
export function listManPages(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[\w-]+\.[1-9]$/.test(name))
    .sort();
}
