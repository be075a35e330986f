import { closeSync, openSync, readSync } from 'node:fs';

/** A line of `/proc/<pid>/maps` (proc_pid_maps(5)). */
export interface Mapping {
  start: number;
  end: number;
  isReadable: boolean;
  /** Empty for memory that belongs to no file. */
  path: string;
}

const CHUNK_BYTES = 64 * 1024;
/** A path has at most 4096 bytes, each of which the kernel may write as four. */
const MAX_LINE_BYTES = 20_000;
const LINE = /^([0-9a-f]{1,16})-([0-9a-f]{1,16}) (r|-)\S* \S+ \S+ \d+ *(.*)$/s;

/** Returns undefined for a line of another form. The line is latin1, so that any byte of the path is kept. */
export function parseMapping(line: string): Mapping | undefined {
  const [, start = '', end = '', readable, path = ''] = LINE.exec(line) ?? [];
  if (readable === undefined) return undefined;
  return {
    start: Number.parseInt(start, 16),
    end: Number.parseInt(end, 16),
    isReadable: readable === 'r',
    path: Buffer.from(path, 'latin1').toString('utf8'),
  };
}

/** Reads the mappings of a process line by line: it may have a million. Throws when the file cannot be read. */
export function* readMappings(file: string): Generator<Mapping> {
  const fd = openSync(file, 'r');
  try {
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let rest = '';
    while (true) {
      const count = readSync(fd, buffer, 0, CHUNK_BYTES, null);
      const lines = (rest + buffer.toString('latin1', 0, count)).split('\n');
      rest = count === 0 ? '' : (lines.pop() ?? '').slice(0, MAX_LINE_BYTES);
      for (const line of lines) {
        const mapping = parseMapping(line);
        if (mapping) yield mapping;
      }
      if (count === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}
