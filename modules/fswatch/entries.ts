import { posix } from 'node:path';
import { type BytePath, fromText, isBelow } from './byte-path.ts';

/** One configured path. */
export interface Entry {
  path: BytePath;
  isRecursive: boolean;
  /** The number of watched objects that belong to it. */
  objects: number;
}

const RECURSIVE = 'recursive:';

export function parseEntry(text: string): Entry {
  const isRecursive = text.startsWith(RECURSIVE);
  const path = posix.normalize(isRecursive ? text.slice(RECURSIVE.length) : text);
  const isWithSlash = path.length > 1 && path.endsWith('/');
  return { path: fromText(isWithSlash ? path.slice(0, -1) : path), isRecursive, objects: 0 };
}

const PROFILES: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  linux: [
    '/boot',
    '/etc/cron.d',
    '/var/spool/cron',
    '/bin',
    '/sbin',
    '/usr/bin',
    '/usr/sbin',
    '/etc/init.d',
    'recursive:/etc',
    'recursive:/etc/systemd',
  ],
};

/** The paths that are watched when none is configured. */
export function defaultEntries(platform: NodeJS.Platform): Entry[] {
  return (PROFILES[platform] ?? []).map(parseEntry);
}

/** The first entry that watches the objects in this folder. */
export function entryOfFolder(entries: readonly Entry[], folder: BytePath): Entry | undefined {
  return entries.find((entry) => entry.path === folder || coversBelow(entry, folder));
}

/** Whether a folder made here is watched, too. */
export function isCoveredRecursively(entries: readonly Entry[], folder: BytePath): boolean {
  return entries.some((entry) => entry.isRecursive && (entry.path === folder || coversBelow(entry, folder)));
}

function coversBelow({ path, isRecursive }: Entry, folder: BytePath): boolean {
  return isRecursive && isBelow(folder, path);
}
