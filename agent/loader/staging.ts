import {
  closeSync,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import type { BundleEntry } from './bundle.ts';
import { lstatIfThere } from './installed-file.ts';

/** A folder beside the files that it is for: a rename within one file system is atomic. */
const FOLDER = '.mig-loader';
const WRITABLE_BY_OTHERS = 0o022;

export type Place = Pick<BundleEntry, 'path' | 'mode'>;

/** The path of the new version of a file before it is put in its place. */
export function stagedPath({ path }: Pick<Place, 'path'>): string {
  return join(dirname(path), FOLDER, `new-${basename(path)}`);
}

/** The path of the old version of a file until the new one has proved itself. */
export function keptPath({ path }: Pick<Place, 'path'>): string {
  return join(dirname(path), FOLDER, `old-${basename(path)}`);
}

/** Makes the staging folders, and empties those that an interrupted run left. */
export function openStaging(places: readonly Place[]): void {
  for (const folder of foldersOf(places)) {
    mkdirSync(dirname(folder), { recursive: true, mode: 0o755 });
    if (lstatIfThere(folder) === undefined) mkdirSync(folder, { mode: 0o700 });
    requireOwn(folder);
    emptyFolder(folder);
  }
}

/** Removes the staging folders, with everything in them. */
export function removeStaging(places: readonly Place[]): void {
  for (const folder of foldersOf(places)) {
    if (!lstatIfThere(folder)?.isDirectory()) continue;
    emptyFolder(folder);
    if (readdirSync(folder).length === 0) rmdirSync(folder);
  }
}

/** Windows does not remove an executable that runs; a later run does. */
function emptyFolder(folder: string): void {
  for (const name of readdirSync(folder)) {
    try {
      rmSync(join(folder, name), { recursive: true });
    } catch (error) {
      if (process.platform !== 'win32') throw error;
    }
  }
}

/** Writes a new file of exactly this mode, which is on the disk when this returns. */
export async function stageFile(
  place: Place,
  fill: (write: (bytes: Uint8Array) => void) => Promise<void>,
): Promise<string> {
  const path = stagedPath(place);
  // `x`: what somebody else made there is neither followed nor overwritten.
  const fd = openSync(path, 'wx', 0o600);
  try {
    await fill((bytes) => writeWhole(fd, bytes));
    // Windows has neither owners nor modes of this kind, and no such functions.
    if (process.geteuid && process.getegid) {
      fchownSync(fd, process.geteuid(), process.getegid());
      fchmodSync(fd, place.mode);
    }
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  return path;
}

/** Keeps what is at a place now under a second name; a file is in its place at every moment. */
export function keepOld(place: Place): void {
  const kept = keptPath(place);
  const stats = lstatIfThere(place.path);
  if (stats === undefined) return;
  if (stats.isSymbolicLink()) symlinkSync(readlinkSync(place.path), kept);
  else linkOrCopy(place.path, kept);
}

function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to); // The file system has no hard links.
  }
}

/** Brings the names in the folders of these paths to the disk. Windows does that by itself. */
export function syncFolders(paths: readonly string[]): void {
  if (process.platform === 'win32') return;
  for (const folder of new Set(paths.map((path) => dirname(path)))) {
    const fd = openSync(folder, 'r');
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }
}

function foldersOf(places: readonly Place[]): string[] {
  return [...new Set(places.map(({ path }) => join(dirname(path), FOLDER)))];
}

/** Who could write there could replace a file after its hash was checked. */
function requireOwn(folder: string): void {
  const stats = lstatSync(folder);
  const isOwn = stats.isDirectory() && (process.platform === 'win32' || stats.uid === process.geteuid?.());
  if (isOwn && (process.platform === 'win32' || (stats.mode & WRITABLE_BY_OTHERS) === 0)) return;
  throw new MigError('folder_writable', `${folder} is not a folder of the loader's own: remove it`);
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += writeSync(fd, bytes, written);
}
