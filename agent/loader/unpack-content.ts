import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MigError } from '../../contract/errors.ts';

/** The text before the value of a fetched file in the response of the API, with room for spaces. */
const START = /"value"\s*:\s*\{\s*"data"\s*:\s*"/;
/** The most text before and after that value. */
const MAX_AROUND_BYTES = 64 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;
const QUOTE = '"';

/** Where the bytes of a file go, and how many at most. */
export interface ContentSink {
  maxBytes: number;
  write: (bytes: Uint8Array) => void;
}

/**
 * Writes the file in a response to `manifest/fetch/`: JSON, in it base64, in it gzip (spec/api.md#loader-endpoints). Never
 * holds more than a piece of it in memory. Throws `manifest_refused` when it is malformed, or when any stage has more than
 * `maxBytes`.
 */
export async function unpackContent(body: AsyncIterable<Uint8Array>, sink: ContentSink): Promise<void> {
  try {
    await pipeline(Readable.from(compressedBytes(body, sink.maxBytes)), createGunzip(), writableOf(sink));
  } catch (error) {
    if (!isOfGzip(error)) throw error;
    throw new MigError('manifest_refused', 'the file is not compressed by gzip, or damaged', {
      cause: error,
    });
  }
}

function writableOf({ maxBytes, write }: ContentSink): Writable {
  let written = 0;
  return new Writable({
    write(bytes: Buffer, _encoding, done) {
      written += bytes.length;
      if (written > maxBytes) return done(refused(`it has more than ${maxBytes} bytes`));
      try {
        write(bytes);
        done();
      } catch (error) {
        done(error instanceof Error ? error : new Error(String(error)));
      }
    },
  });
}

async function* compressedBytes(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Buffer> {
  let rest = '';
  let sent = 0;
  for await (const text of base64Texts(body)) {
    const whole = rest + text;
    const usable = whole.length - (whole.length % 4);
    rest = whole.slice(usable);
    const bytes = decode(whole.slice(0, usable));
    sent += bytes.length;
    if (sent > maxBytes) throw refused(`compressed it has more than ${maxBytes} bytes`);
    if (bytes.length > 0) yield bytes;
  }
  if (rest !== '') throw refused('its base64 ends within a group of four');
}

function decode(text: string): Buffer {
  if (!BASE64.test(text)) throw refused('it is no base64');
  return Buffer.from(text, 'base64');
}

/** The pieces of the value. What is around it must be short. */
async function* base64Texts(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let head: string | undefined = '';
  let tail: string | undefined;
  for await (const chunk of body) {
    let text = Buffer.from(chunk).toString('latin1');
    if (head !== undefined) {
      head += text;
      const start = START.exec(head);
      if ((start?.index ?? head.length) > MAX_AROUND_BYTES) throw refused('the response has no file');
      if (start === null) continue;
      text = head.slice(start.index + start[0].length);
      head = undefined;
    }
    if (tail === undefined) {
      const end = text.indexOf(QUOTE);
      yield end === -1 ? text : text.slice(0, end);
      if (end === -1) continue;
      tail = '';
      text = text.slice(end);
    }
    tail += text;
    if (tail.length > MAX_AROUND_BYTES) throw refused('the response is too long');
  }
  if (head !== undefined) throw refused('the response has no file');
  if (tail === undefined) throw cutOff();
}

/** The connection may have failed: another attempt can succeed. */
function cutOff(): MigError {
  return new MigError('unavailable', 'the response ended before it was complete');
}

function refused(why: string): MigError {
  return new MigError('manifest_refused', `the file was refused: ${why}`);
}

function isOfGzip(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && code.startsWith('Z_');
}
