import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { MigError } from '../../contract/errors.ts';
import type { OutboxEvent } from '../../contract/events/event.ts';
import { eventLines, type SinkFormat } from './event-lines.ts';
import type { Sink } from './sink.ts';

/** The group may read it, so that a collector of logs can. */
const MODE = 0o640;
/** More than the lines of one batch. */
const MAX_TAIL_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 10;

/**
 * Appends events to a file, and has them on the disk before it returns. Lines are whole: what a full disk or a crash has cut
 * off is removed. A file that was renamed or removed is made anew, as log rotation needs.
 */
export function createFileSink({ file, format }: { file: string; format: SinkFormat }): Sink {
  let opened: FileHandle | undefined;
  const close = async () => {
    const handle = opened;
    opened = undefined;
    await handle?.close();
  };
  return {
    name: 'file',
    async write(events) {
      if (opened !== undefined && !(await isStill(opened, file))) await close();
      opened ??= await openFile(file);
      await append(opened, linesOf(events, format));
    },
    close,
  };
}

function linesOf(events: readonly OutboxEvent[], format: SinkFormat): string {
  return events
    .flatMap((event) => eventLines(event, format))
    .map((line) => `${line}\n`)
    .join('');
}

async function isStill(handle: FileHandle, file: string): Promise<boolean> {
  const [mine, present] = await Promise.all([handle.stat(), stat(file).catch(() => undefined)]);
  return present !== undefined && present.ino === mine.ino && present.dev === mine.dev;
}

async function openFile(file: string): Promise<FileHandle> {
  const { O_RDWR, O_APPEND, O_CREAT, O_NONBLOCK } = constants;
  const handle = await open(file, O_RDWR | O_APPEND | O_CREAT | O_NONBLOCK, MODE);
  try {
    if (!(await handle.stat()).isFile()) {
      throw new MigError('config_invalid', `MIG_EVENTS_FILE: ${file} is no regular file`);
    }
    await cutHalfLine(handle);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Its event was not marked as written, and comes again. */
async function cutHalfLine(handle: FileHandle): Promise<void> {
  const { size } = await handle.stat();
  const start = Math.max(0, size - MAX_TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read({
    buffer: Buffer.alloc(size - start),
    position: start,
  });
  const end = start + buffer.subarray(0, bytesRead).lastIndexOf(LINE_FEED) + 1;
  if (end < size) await handle.truncate(end);
}

async function append(handle: FileHandle, text: string): Promise<void> {
  const { size } = await handle.stat();
  try {
    await handle.appendFile(text);
    await handle.datasync();
  } catch (error) {
    await handle.truncate(size);
    throw error;
  }
}
