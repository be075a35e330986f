import { type FileHandle, lstat } from 'node:fs/promises';
import type { OutboxEvent } from '../../contract/events/event.ts';
import { eventLines, type SinkFormat } from './event-lines.ts';
import { openEventFile } from './open-event-file.ts';
import type { Sink } from './sink.ts';

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
      opened ??= await openEventFile(file);
      try {
        await append(opened, Buffer.from(linesOf(events, format)));
      } catch (error) {
        // Its end is looked at again before the next write.
        await close();
        throw error;
      }
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
  const [mine, present] = await Promise.all([handle.stat(), lstat(file).catch(() => undefined)]);
  return present !== undefined && present.ino === mine.ino && present.dev === mine.dev;
}

async function append(handle: FileHandle, lines: Buffer): Promise<void> {
  const { size } = await handle.stat();
  let written = 0;
  try {
    while (written < lines.length) {
      written += (await handle.write(lines, written)).bytesWritten;
    }
    await handle.datasync();
  } catch (error) {
    // What somebody else has appended meanwhile is not ours to remove.
    if ((await handle.stat()).size === size + written) await handle.truncate(size);
    throw error;
  }
}
