import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import type { BodyRoom } from '../limits/admission.ts';

/** Above what any route takes (`routes/action.ts`); each route then has a limit of its own. */
export const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** In packets of the usual size the largest body comes in 1,500; byte by byte it would take the API for a minute. */
const MAX_PIECES = 10_000;

interface BodyLimits {
  maxBytes: number;
  timeoutMs: number;
  room: BodyRoom;
}

/**
 * Waits until the whole body of a request is there, and keeps it for its route. It counts what arrives, not what the
 * header promises; a sender that is too slow is answered and left.
 */
export async function receiveBody(
  c: Context<ApiEnv>,
  { maxBytes, timeoutMs, room }: BodyLimits,
): Promise<void> {
  const tooLarge = () => new MigError('body_too_large', `body is over ${maxBytes} bytes`);
  if (Number(c.req.header('Content-Length') ?? 0) > maxBytes) throw leaving(c, tooLarge());
  const reader = c.req.raw.body?.getReader();
  const chunks: Uint8Array[] = [];
  const deadline = createDeadline(timeoutMs);
  let size = 0;
  try {
    while (reader) {
      const { done, value } = await Promise.race([readChunk(reader), deadline.passed]);
      if (done) break;
      if (size + value.length > maxBytes) throw tooLarge();
      room.take(value.length);
      size += value.length;
      if (chunks.push(value) > MAX_PIECES) {
        throw new MigError('body_too_large', `body comes in more than ${MAX_PIECES} pieces`);
      }
    }
    c.set('body', Buffer.concat(chunks));
  } catch (error) {
    throw leaving(c, error);
  } finally {
    room.give(size);
    deadline.clear();
  }
}

/** What is left of the body is not waited for: the connection ends with the answer. */
function leaving(c: Context, error: unknown): unknown {
  c.header('Connection', 'close');
  return error;
}

async function readChunk(reader: ReadableStreamDefaultReader<Uint8Array>) {
  try {
    return await reader.read();
  } catch (cause) {
    throw new MigError('body_incomplete', 'the body ended before it was complete', { cause });
  }
}

function createDeadline(timeoutMs: number) {
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new MigError('request_timeout', `the body did not arrive within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  passed.catch(() => {}); // nobody may be waiting for it
  return { passed, clear: () => clearTimeout(timer) };
}
