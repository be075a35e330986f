import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { type BytePath, toBytes } from './byte-path.ts';

const CHUNK_BYTES = 256 * 1024;

/** The SHA-256 of a regular file, in hex. Empty when it cannot be read. */
export async function hashFile(path: BytePath, { isFollowed }: { isFollowed: boolean }): Promise<string> {
  try {
    const noFollow = isFollowed ? 0 : constants.O_NOFOLLOW;
    // A pipe that took the place of the file must not block.
    await using file = await open(toBytes(path), constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
    const stats = await file.stat();
    if (!stats.isFile()) return '';
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    // A file that grows all the time is read up to its present size.
    let left = stats.size === 0 ? Number.POSITIVE_INFINITY : stats.size;
    while (left > 0) {
      const { bytesRead } = await file.read(chunk, 0, Math.min(CHUNK_BYTES, left), null);
      if (bytesRead === 0) break;
      hash.update(chunk.subarray(0, bytesRead));
      left -= bytesRead;
    }
    return hash.digest('hex');
  } catch {
    return '';
  }
}
