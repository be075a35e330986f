import { closeSync, readSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import { openRegularFile, type Path, toDisplayPath } from '../../file/find-files.ts';
import type { Session } from '../session.ts';

const CHUNK_BYTES = 256 * 1024;
const LINE_FEED = 10;
/** MIG takes the rest of a longer line for a further line. */
const MIGS_LINE_BYTES = 4096;
const MAX_LINE_BYTES = 64 * 1024;

/** Whether all lines of a file were read. */
export interface Reading {
  isComplete: boolean;
}

/**
 * The lines of a file, without their line feed and a CR before it. A file that cannot be read, or not to its end, is noted.
 * The reader may stop after any line.
 */
export async function* readLines(
  path: Path,
  session: Session,
  reading: Reading = { isComplete: false },
): AsyncGenerator<string> {
  let fd: number | undefined;
  try {
    const opened = openRegularFile(path, Number.POSITIVE_INFINITY);
    fd = opened.fd;
    reading.isComplete = yield* linesOf(opened, session, path);
  } catch (error) {
    session.note(noteOf(error, path));
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function noteOf(error: unknown, path: Path): string {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined || !(error instanceof Error)
    ? `read ${toDisplayPath(path)}: ${goErrno(error)}`
    : error.message;
}

interface Opened {
  fd: number;
  size: number;
}

/** Returns false when the time was over before the end. */
async function* linesOf({ fd, size }: Opened, session: Session, path: Path): AsyncGenerator<string, boolean> {
  const maxBytes = session.terms.asMig ? MIGS_LINE_BYTES : MAX_LINE_BYTES;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  // A growing file ends where it ended at first; one of /proc has no size.
  const end = size > 0 ? size : Number.POSITIVE_INFINITY;
  let rest: Buffer = Buffer.alloc(0);
  let position = 0;
  let isCut = false;
  while (position < end) {
    if (session.readingClock.isOver()) {
      session.limit(
        `the time was over at byte ${position} of ${toDisplayPath(path)}: its further lines were not read`,
      );
      return false;
    }
    await session.readingClock.pause();
    const count = readSync(fd, buffer, 0, Math.min(buffer.length, end - position), position);
    if (count === 0) break;
    position += count;
    const { lines, left, wasCut } = cutLines(Buffer.concat([rest, buffer.subarray(0, count)]), maxBytes);
    yield* lines;
    rest = left;
    isCut ||= wasCut;
  }
  if (rest.length > 0) yield textOf(rest);
  if (isCut)
    session.note(`${toDisplayPath(path)} has lines over ${maxBytes} bytes, which were read in pieces`);
  return true;
}

/** Cuts whole lines, and pieces of `maxBytes` from longer ones. */
function cutLines(bytes: Buffer, maxBytes: number): { lines: string[]; left: Buffer; wasCut: boolean } {
  const lines: string[] = [];
  let start = 0;
  let wasCut = false;
  while (true) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const length = (feed === -1 ? bytes.length : feed) - start;
    if (length > maxBytes) {
      lines.push(textOf(bytes.subarray(start, start + maxBytes)));
      start += maxBytes;
      wasCut = true;
    } else if (feed === -1) return { lines, left: Buffer.from(bytes.subarray(start)), wasCut };
    else {
      lines.push(textOf(bytes.subarray(start, feed)));
      start = feed + 1;
    }
  }
}

function textOf(line: Buffer): string {
  return line.toString().replace(/\r$/, '');
}
