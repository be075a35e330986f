import { closeSync, openSync, readdirSync } from 'node:fs';
import { hasEnded, readStatIn } from './proc-stat.ts';

/** A process may end and start threads all the time. */
const MAX_TRIES = 10;

/**
 * The folder of /proc that shows the memory, files and namespaces of a process. A main thread that has ended (a zombie) has
 * none of them, while the process goes on: then it is the folder of another thread. Undefined when all threads have ended.
 */
export function livingFolder(pid: number, proc = '/proc'): string | undefined {
  const folder = `${proc}/${pid}`;
  if (isLiving(folder)) return folder;
  return threadFolders(folder).find(isLiving);
}

/**
 * Reads facts of a process from its living folder, again when that thread ends meanwhile. When all threads have ended, the
 * result is that of a zombie: mostly the system's error.
 */
export function readLiving<T>(pid: number, read: (folder: string) => T): T {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const folder = livingFolder(pid);
    if (folder === undefined) break;
    try {
      const value = read(folder);
      if (isLiving(folder)) return value;
    } catch (error) {
      if (isLiving(folder)) throw error;
    }
  }
  return read(`/proc/${pid}`);
}

/** Opens a file of a process, such as `mem`, for reading. Throws the system's error. */
export function openLiving(pid: number, name: string): number {
  let opened: number | undefined;
  return readLiving(pid, (folder) => {
    if (opened !== undefined) closeSync(opened); // Its thread ended before the file could be trusted.
    opened = undefined;
    opened = openSync(`${folder}/${name}`, 'r');
    return opened;
  });
}

function isLiving(folder: string): boolean {
  const stat = readStatIn(folder);
  return stat !== undefined && !hasEnded(stat);
}

function threadFolders(folder: string): string[] {
  try {
    return readdirSync(`${folder}/task`).map((thread) => `${folder}/task/${thread}`);
  } catch {
    return []; // The process has ended.
  }
}
