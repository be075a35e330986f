import type { Part } from './areas.ts';
import type { Mapping } from './maps.ts';

/** What is read of a process, without the paths of its files: there may be a million mappings. */
export interface Layout {
  parts: Part[];
  /** The addresses of the memory of devices. */
  devices: number[];
}

/** Sorts the mappings of a process. `onPath` is called for each path, mostly once. */
export function readLayout(mappings: Iterable<Mapping>, onPath: (path: string) => void): Layout {
  const layout: Layout = { parts: [], devices: [] };
  let last = '';
  for (const mapping of mappings) {
    const { start, end, isReadable, path } = mapping;
    if (path !== last) onPath(path);
    last = path;
    if (!isReadable || path === '[vsyscall]') continue;
    if (isDevice(path)) layout.devices.push(start);
    else layout.parts.push({ start, end, isSparse: isSparse(mapping) });
  }
  return layout;
}

/** Whether reading may change a device. */
function isDevice(path: string): boolean {
  return path.startsWith('/dev/') && !/^\/dev\/(shm\/|zero\b|hugepages)/.test(path);
}

/** Below this size a mapping is read as a whole. */
const SPARSE_BYTES = 1024 * 1024;
const MEMORY_FILE = /^(\[|\/memfd:|\/dev\/(shm\/|zero\b)|\/SYSV|anon_inode:|\/anon_hugepage)/;

/** Whether the process may have reserved more memory than it uses. Reading the rest would allocate it. */
function isSparse({ start, end, path }: Mapping): boolean {
  return end - start >= SPARSE_BYTES && (path === '' || MEMORY_FILE.test(path));
}
