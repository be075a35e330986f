import { existsSync } from 'node:fs';

/** Where the home folders are. MIG names those of Linux on macOS, too. */
const HOMES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['/root', '/home'],
  darwin: ['/var/root', '/Users'],
  win32: ['c:\\Users'],
};

/** The home folders that this machine has. */
export function defaultPaths(platform: NodeJS.Platform = process.platform): string[] {
  return (HOMES[platform] ?? []).filter((path) => existsSync(path));
}
