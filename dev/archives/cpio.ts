import { type ArchiveOptions, type Entry, inOrder } from './entry.ts';

const MAGIC = '070701';
const TRAILER = 'TRAILER!!!';
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;

/** The mode of an entry with its type, as in `stat`. */
export function fullMode({ mode, data }: Entry): number {
  return (data === undefined ? S_IFDIR : S_IFREG) | mode;
}

/** Writes a cpio archive in the new ASCII format (newc), which is the payload of an rpm. Its paths begin with `./`. */
export function writeCpio(entries: readonly Entry[], { timeS }: ArchiveOptions): Buffer {
  const members = inOrder(entries).map((entry, index) =>
    member({ inode: index + 1, name: `./${entry.path}`, mode: fullMode(entry), timeS, data: entry.data }),
  );
  const trailer = member({ inode: 0, name: TRAILER, mode: 0, timeS: 0, data: undefined });
  return Buffer.concat([...members, trailer].flat());
}

function member(file: {
  inode: number;
  name: string;
  mode: number;
  timeS: number;
  data: Buffer | undefined;
}): Buffer[] {
  const { inode, name, mode, timeS, data = Buffer.alloc(0) } = file;
  const path = Buffer.from(`${name}\0`);
  const [uid, gid, links, device] = [0, 0, 1, 0];
  const fields = [inode, mode, uid, gid, links, timeS, data.length];
  const after = [device, device, device, device, path.length, 0];
  const head = Buffer.from(`${MAGIC}${[...fields, ...after].map(hex).join('')}`);
  return [head, path, paddingOf(head.length + path.length), data, paddingOf(data.length)];
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0').toUpperCase();
}

/** Headers and data begin at places that 4 divides. */
function paddingOf(length: number): Buffer {
  return Buffer.alloc((4 - (length % 4)) % 4);
}
