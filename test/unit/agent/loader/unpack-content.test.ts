import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpackContent } from '../../../../agent/loader/unpack-content.ts';

const MAX_BYTES = 1024 * 1024;

const response = (data: string) =>
  `{"collection":{"version":"1.0","items":[{"href":"/api/v1/manifest/fetch/","data":[{"name":"content","value":{"data":"${data}"}}]}],"template":{},"error":{}}}`;
const packed = (bytes: Buffer) => response(gzipSync(bytes).toString('base64'));

async function* pieces(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let rest = Buffer.from(text);
  for (let i = 0; rest.length > 0; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    yield rest.subarray(0, size);
    rest = rest.subarray(size);
  }
}

async function unpack(text: string, sizes: readonly number[] = [60_000], maxBytes = MAX_BYTES) {
  const chunks: Uint8Array[] = [];
  await unpackContent(pieces(text, sizes), { maxBytes, write: (bytes) => chunks.push(Buffer.from(bytes)) });
  return Buffer.concat(chunks);
}

describe('a fetched file', () => {
  test('is the same, however the response is cut into pieces', async () => {
    const bytes = fc.uint8Array({ maxLength: 3_000 }).map((array) => Buffer.from(array));
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(bytes, sizes, async (data, cut) => {
        expect((await unpack(packed(data), cut)).equals(data)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test('may be in a response with spaces, as other servers write it', async () => {
    const text = packed(Buffer.from('hello')).replace('"value":{"data":', '"value" : {\n "data" : ');
    expect(String(await unpack(text))).toBe('hello');
  });

  test('may have the greatest size, and not a byte more', async () => {
    const most = randomBytes(50_000);
    // Random bytes are larger when they are compressed.
    await expect(unpack(packed(most), [999], most.length + 100)).resolves.toEqual(most);
    await expect(unpack(packed(Buffer.alloc(50_001)), [999], 50_000)).rejects.toThrow(
      'it has more than 50000 bytes',
    );
  });

  test('is refused before a bomb fills the memory', async () => {
    const bomb = packed(Buffer.alloc(200 * 1024 * 1024));
    let written = 0;
    const write = (bytes: Uint8Array) => {
      written += bytes.length;
    };
    await expect(unpackContent(pieces(bomb, [60_000]), { maxBytes: MAX_BYTES, write })).rejects.toThrow(
      'it has more than 1048576 bytes',
    );
    expect(written).toBeLessThanOrEqual(MAX_BYTES);
  });

  test('is refused when it never ends', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(response('H4sI').split('H4sI')[0] ?? '');
      const noise = Buffer.from(randomBytes(48_000).toString('base64'));
      while (true) yield noise;
    }
    await expect(unpackContent(endless(), { maxBytes: MAX_BYTES, write: () => {} })).rejects.toMatchObject({
      code: 'manifest_refused',
    });
  });

  test.each([
    ['is not compressed', response(Buffer.from('plain').toString('base64')), /not compressed by gzip/],
    ['is cut off within the compressed bytes', packedCut(), /not compressed by gzip, or damaged/],
    ['has other characters', response('H4sI AAAA'), /no base64/],
    ['has escapes', response('H4sI\\u0041AAA'), /no base64/],
    ['ends within a group', response('H4sIA'), /group of four/],
    ['has padding within', response('H4==H4sI'), /base64|gzip/],
    ['is missing', '{"collection":{"items":[]}}', /has no file/],
    ['is empty', response(''), /gzip/],
  ])('is refused when it %s', async (_, text, message) => {
    await expect(unpack(text, [3])).rejects.toThrow(message);
    await expect(unpack(text, [3])).rejects.toMatchObject({ code: 'manifest_refused' });
  });

  test('is asked for again when the connection ended', async () => {
    const whole = packed(Buffer.from('hello'));
    for (const length of [whole.indexOf('"}}]}'), whole.indexOf('"}}]}') - 4]) {
      await expect(unpack(whole.slice(0, length))).rejects.toMatchObject({ code: 'unavailable' });
    }
  });

  test('is refused with too much text around it', async () => {
    const text = packed(Buffer.from('hello'));
    const long = ' '.repeat(70_000);
    await expect(unpack(`${long}${text}`)).rejects.toThrow(/has no file/);
    await expect(unpack(`${text}${long}`)).rejects.toThrow(/too long/);
  });
});

function packedCut(): string {
  const compressed = gzipSync(randomBytes(3_000));
  return response(compressed.subarray(0, 1_500).toString('base64'));
}
