/** A file or folder of an archive. Owner and group are always root. */
export interface Entry {
  /** Without a slash at the beginning or the end. */
  path: string;
  /** The permissions alone. */
  mode: number;
  /** Undefined for a folder. */
  data: Buffer | undefined;
}

/** What makes an archive the same whenever it is made: one time for everything in it. */
export interface ArchiveOptions {
  /** Seconds since 1970. */
  timeS: number;
}

/** Entries in the order of their paths, by bytes. Refuses a path twice: unpacking would keep one of them. */
export function inOrder(entries: readonly Entry[]): Entry[] {
  const sorted = entries.toSorted((one, other) =>
    Buffer.compare(Buffer.from(one.path), Buffer.from(other.path)),
  );
  for (const [index, { path }] of sorted.entries()) {
    if (path === '' || path.startsWith('/') || path.endsWith('/'))
      throw new Error(`no path of an archive: '${path}'`);
    if (path === sorted[index + 1]?.path) throw new Error(`twice in one archive: ${path}`);
  }
  return sorted;
}
