import type { FileHandle } from 'node:fs/promises';

/** Longer than any line of ours: an event has some 30 kB at most. */
const MAX_LINE_BYTES = 1024 * 1024;
const LINE_FEED = 10;
/** How a line begins: an event as a webhook has it. */
const PLAIN = Buffer.from('{"id":"evt_');
/** Other products write OCSF as well. */
const OCSF = Buffer.from('{"activity_id":');
const PRODUCT = Buffer.from('"product":{"name":"MIG",');

/**
 * Removes half a line at the end of a file of events; its event was not marked as written, and comes again. False, with the
 * file as it was, unless the first line, the last one and the half one are ours.
 */
export async function cutOwnHalfLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return true;
  const head = await readAt(handle, 0, Math.min(size, MAX_LINE_BYTES));
  const first = head.subarray(0, head.indexOf(LINE_FEED) + 1 || head.length);
  const tailAt = Math.max(0, size - 2 * MAX_LINE_BYTES);
  const tail = withoutHole(await readAt(handle, tailAt, size - tailAt));
  const end = tail.lastIndexOf(LINE_FEED) + 1;
  const last = tail.subarray(tail.subarray(0, Math.max(0, end - 1)).lastIndexOf(LINE_FEED) + 1, end);
  if (!isOwn(first) || (end === 0 ? tailAt > 0 : !isOwn(last)) || !mayBeOwn(tail.subarray(end))) return false;
  if (tailAt + end < size) await handle.truncate(tailAt + end);
  return true;
}

function isOwn(line: Buffer): boolean {
  return startsWith(line, PLAIN) || (startsWith(line, OCSF) && line.includes(PRODUCT));
}

/** Whether half a line begins as one of ours, as far as it goes. */
function mayBeOwn(half: Buffer): boolean {
  return [PLAIN, OCSF].some((beginning) => startsWith(half, beginning.subarray(0, half.length)));
}

function startsWith(bytes: Buffer, beginning: Buffer): boolean {
  return bytes.subarray(0, beginning.length).equals(beginning);
}

/** Without the zeros that a file system leaves in place of what had not reached the disk when the power failed. */
function withoutHole(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let bytes = 0;
  while (bytes < length) {
    const { bytesRead } = await handle.read(buffer, bytes, length - bytes, position + bytes);
    if (bytesRead === 0) break;
    bytes += bytesRead;
  }
  return buffer.subarray(0, bytes);
}
