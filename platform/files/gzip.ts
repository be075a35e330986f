import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { MigError } from '../../contract/errors.ts';

const inflate = promisify(gunzip);
const deflate = promisify(gzip);

/** Compresses data. */
export function compress(data: Buffer): Promise<Buffer> {
  return deflate(data);
}

/** Uncompresses data; refuses more than `maxBytes` of it before they are in memory. */
export async function uncompress(data: Buffer, maxBytes: number): Promise<Buffer> {
  try {
    return await inflate(data, { maxOutputLength: maxBytes });
  } catch (cause) {
    const isTooLarge = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    if (isTooLarge)
      throw new MigError('body_too_large', `uncompressed it is over ${maxBytes} bytes`, { cause });
    throw new MigError('parameter_invalid', 'not compressed by gzip, or damaged', { cause });
  }
}
