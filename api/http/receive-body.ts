import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import type { ApiEnv } from '../context.ts';
import type { ByteBudget } from '../limits/byte-budget.ts';

/** A packet has 1,400 bytes as a rule. Byte by byte, a body of 2 MB would occupy the API for a minute. */
const MIN_BYTES_PER_PIECE = 200;

interface BodyLimits {
  maxBytes: number;
  timeoutMs: number;
  budget: ByteBudget;
}

/** Receives the whole body of a request into the context. Counts the bytes that arrive, whatever the header says. */
export async function receiveBody(c: Context<ApiEnv>, limits: BodyLimits): Promise<void> {
  try {
    c.set('body', await readAll(c, limits));
  } catch (error) {
    // The rest of the body is not read: the connection ends with the response.
    c.header('Connection', 'close');
    throw error;
  }
}

async function readAll(c: Context, { maxBytes, timeoutMs, budget }: BodyLimits): Promise<Buffer> {
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const reader = c.req.raw.body?.getReader();
  if (!reader) return Buffer.alloc(0);
  const maxPieces = Math.ceil(maxBytes / MIN_BYTES_PER_PIECE);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const deadline = createDeadline(timeoutMs);
  try {
    while (true) {
      const { done, value } = await Promise.race([readChunk(reader), deadline.passed]);
      if (done) return Buffer.concat(chunks);
      if (size + value.length > maxBytes) throw tooLarge(maxBytes);
      budget.reserve(value.length);
      size += value.length;
      chunks.push(value);
      if (chunks.length > maxPieces) {
        throw new MigError('body_too_large', `the body has more than ${maxPieces} pieces`);
      }
    }
  } finally {
    budget.release(size);
    deadline.clear();
  }
}

function tooLarge(maxBytes: number): MigError {
  return new MigError('body_too_large', `body is over ${maxBytes} bytes`);
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new MigError('body_incomplete', 'the body ended before it was complete', { cause });
  }
}

function createDeadline(timeoutMs: number) {
  const { promise: passed, reject } = createDeferred<never>();
  passed.catch(() => {}); // may fire while nothing awaits it
  const timer = setTimeout(
    () => reject(new MigError('request_timeout', `the body did not arrive within ${timeoutMs} ms`)),
    timeoutMs,
  );
  return { passed, clear: () => clearTimeout(timer) };
}
