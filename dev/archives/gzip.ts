import { gzipSync } from 'node:zlib';

/** Where the header of gzip names the system that made it, and its number for one that is unknown. */
const SYSTEM_AT = 9;
const UNKNOWN_SYSTEM = 255;

/** Compresses data, without a name, a time or the system in the header. */
export function gzip(data: Buffer): Buffer {
  const compressed = gzipSync(data, { level: 9 });
  compressed[SYSTEM_AT] = UNKNOWN_SYSTEM;
  return compressed;
}
