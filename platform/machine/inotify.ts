import { openCLibrary } from './system-calls.ts';

/** An event of Linux's inotify(7). */
export interface InotifyEvent {
  /** The watch; -1 for an overflow of the queue. */
  watch: number;
  mask: number;
  /** The name in the watched directory; empty for the watched object itself. */
  name: Buffer;
}

/** The bits of masks (include/uapi/linux/inotify.h). */
export const IN = {
  MODIFY: 0x2,
  ATTRIB: 0x4,
  MOVED_FROM: 0x40,
  MOVED_TO: 0x80,
  CREATE: 0x100,
  DELETE: 0x200,
  DELETE_SELF: 0x400,
  MOVE_SELF: 0x800,
  UNMOUNT: 0x2000,
  Q_OVERFLOW: 0x4000,
  IGNORED: 0x8000,
  ONLYDIR: 0x1000000,
  DONT_FOLLOW: 0x2000000,
} as const;

export interface Inotify {
  /** Returns the watch; the same one for another path of the same object. Throws the system's error. */
  add(path: Buffer, mask: number): number;
  remove(watch: number): void;
  /** The events that wait; never blocks. Throws the system's error. */
  read(): InotifyEvent[];
  close(): void;
}

/** `IN_NONBLOCK` and `IN_CLOEXEC` are the flags of open(2), the same on every architecture that the agent runs on. */
const NONBLOCK_AND_CLOEXEC = 0o4000 | 0o2000000;
const BUFFER_BYTES = 64 * 1024;
/** Longer than any queue: a flood of events must not keep the process from its other work. */
const MAX_READS = 64;
const HEADER_BYTES = 16;

/** Returns undefined where the system or the runtime does not offer the calls. */
export function openInotify(): Inotify | undefined {
  const library = openCLibrary({
    inotify_init1: { args: ['i32'], returns: 'i32' },
    inotify_add_watch: { args: ['i32', 'ptr', 'i32'], returns: 'i32' },
    inotify_rm_watch: { args: ['i32', 'i32'], returns: 'i32' },
    read: { args: ['i32', 'ptr', 'u64'], returns: 'i64_fast' },
    close: { args: ['i32'], returns: 'i32' },
  });
  if (!library) return undefined;
  const { addressOf, call } = library;
  const fd = call('inotify_init1', NONBLOCK_AND_CLOEXEC);
  const buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  const address = addressOf(buffer);
  const readOnce = (): number => {
    try {
      return call('read', fd, address, BUFFER_BYTES);
    } catch (error) {
      if (['EAGAIN', 'EINTR'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
      throw error;
    }
  };
  return {
    add: (path, mask) => {
      const text = Buffer.allocUnsafeSlow(path.length + 1);
      text.set(path);
      text[path.length] = 0;
      return call('inotify_add_watch', fd, addressOf(text), mask);
    },
    remove(watch) {
      library.symbols.inotify_rm_watch(fd, watch); // It fails when the object is gone, and the watch with it.
    },
    read() {
      const events: InotifyEvent[] = [];
      for (let reads = 0; reads < MAX_READS; reads++) {
        const bytes = readOnce();
        if (bytes === 0) break;
        events.push(...parseInotifyEvents(buffer, bytes));
      }
      return events;
    },
    close: () => void call('close', fd),
  };
}

/** Parses `struct inotify_event`: four 32-bit numbers and a name, filled up with zero bytes. */
export function parseInotifyEvents(buffer: Buffer, bytes: number): InotifyEvent[] {
  const events: InotifyEvent[] = [];
  let at = 0;
  while (at + HEADER_BYTES <= bytes) {
    const nameBytes = buffer.readUInt32LE(at + 12);
    const end = Math.min(bytes, at + HEADER_BYTES + nameBytes);
    const padded = buffer.subarray(at + HEADER_BYTES, end);
    const zero = padded.indexOf(0);
    events.push({
      watch: buffer.readInt32LE(at),
      mask: buffer.readUInt32LE(at + 4),
      name: Buffer.from(zero === -1 ? padded : padded.subarray(0, zero)),
    });
    at = at + HEADER_BYTES + nameBytes;
  }
  return events;
}
