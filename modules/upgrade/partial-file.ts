import { ftruncateSync, writeSync } from 'node:fs';
import { goErrno } from '../../contract/go/errno.ts';
import { RefusedError } from './refused-error.ts';

/** A file whose download may have been interrupted. */
export interface PartialFile {
  fd: number;
  bytes: number;
  /** The server's ETag or modification time: only the same version of the file may be resumed. */
  validator: string | undefined;
}

/** Four times the size of an executable. */
const MAX_BYTES = 400 * 1024 * 1024;

/** The headers that request the rest of a file; none when it cannot be resumed. */
export function rangeHeaders({ bytes, validator }: PartialFile): Record<string, string> {
  if (bytes === 0 || validator === undefined) return {};
  return { Range: `bytes=${bytes}-`, 'If-Range': validator };
}

/**
 * Prepares the file for the body of a response: keeps its bytes if the server resumes, otherwise empties it. Returns the
 * final size of the file; undefined if the server does not send it.
 */
export function prepareForBody(partial: PartialFile, { status, headers }: Response): number | undefined {
  if (status === 206) return resumedSize(partial, headers);
  const isTemporary = status >= 500 || status === 429;
  if (isTemporary) throw new Error(`the server answered ${status}`);
  if (status !== 200) throw new RefusedError(`the server answered ${status}`);
  ftruncateSync(partial.fd, 0);
  partial.bytes = 0;
  partial.validator = strongEtag(headers) ?? headers.get('last-modified') ?? undefined;
  const length = headers.get('content-length');
  if (length === null) return undefined;
  if (Number(length) > MAX_BYTES) throw tooLarge();
  return Number(length);
}

function resumedSize(partial: PartialFile, headers: Headers): number {
  const [, from, total] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get('content-range') ?? '') ?? [];
  if (Number(from) !== partial.bytes) throw new Error('the server sent a different range than requested');
  return Number(total);
}

/** A weak ETag (`W/…`) does not promise the same bytes. */
function strongEtag(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  return etag === null || etag.startsWith('W/') ? undefined : etag;
}

export function appendChunk(partial: PartialFile, chunk: Uint8Array): void {
  if (partial.bytes + chunk.length > MAX_BYTES) throw tooLarge();
  let written = 0;
  while (written < chunk.length) {
    const position = partial.bytes + written;
    try {
      written += writeSync(partial.fd, chunk, written, chunk.length - written, position);
    } catch (cause) {
      throw new RefusedError(goErrno(cause), { cause });
    }
  }
  partial.bytes += chunk.length;
}

function tooLarge(): RefusedError {
  return new RefusedError(`the file has more than ${MAX_BYTES} bytes`);
}
