import { readSync, writeSync } from 'node:fs';
import { StringDecoder } from 'node:string_decoder';

const STDIN = 0;
const STDOUT = 1;
const CHUNK_BYTES = 64 * 1024;
/** How long to wait for a pipe that a former user of it made non-blocking. */
const RETRY_MS = 2;

/**
 * Reads stdin as UTF-8 to its end, and blocks meanwhile. Only for a process with nothing else to do: node's streams take
 * milliseconds to load.
 */
export function readStdin(): string {
  const decoder = new StringDecoder('utf8');
  const chunk = Buffer.alloc(CHUNK_BYTES);
  let text = '';
  for (;;) {
    const length = readChunk(chunk);
    if (length === 0) return text + decoder.end();
    text += decoder.write(chunk.subarray(0, length));
  }
}

/** Writes to stdout and returns when all of it is in the pipe, so that no end of the process can lose it. */
export function writeStdout(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    written += retry(() => writeSync(STDOUT, bytes, written));
  }
}

function readChunk(chunk: Buffer): number {
  try {
    return retry(() => readSync(STDIN, chunk));
  } catch (error) {
    // Windows reports the end of a pipe as an error.
    if ((error as NodeJS.ErrnoException).code === 'EOF') return 0;
    throw error;
  }
}

function retry(transfer: () => number): number {
  for (;;) {
    try {
      return transfer();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
