import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8, linesWith, readBlocks } from '../../../../modules/file/blocks.ts';

async function* chunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let i = 0; i < bytes.length; i += size) yield bytes.subarray(i, i + size);
}

async function linesOf(bytes: Buffer, size = 7): Promise<string[]> {
  const lines: string[] = [];
  for await (const block of readBlocks(chunks(bytes, size))) lines.push(...block.lines());
  return lines;
}

describe('lines', () => {
  test('end at LF, lose one CR, and need no LF at the end of the file', async () => {
    expect(await linesOf(Buffer.from('a\r\n\r\nb\r\r\nlast'))).toEqual(['a', '', 'b\r', 'last']);
    expect(await linesOf(Buffer.from('x\n'))).toEqual(['x']);
    expect(await linesOf(Buffer.alloc(0))).toEqual([]);
  });

  test('are the same however the file is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, size) => {
          expect(await linesOf(Buffer.from(bytes), size)).toEqual(await linesOf(Buffer.from(bytes), 1000));
        },
      ),
    );
  });

  test('longer than 65535 bytes end the inspection silently', async () => {
    const long = (n: number) => Buffer.from(`first\n${'a'.repeat(n)}\nafter\n`);
    expect(await linesOf(long(65_535), 4096)).toHaveLength(3);
    expect(await linesOf(long(65_536), 4096)).toEqual(['first']);
    expect(await linesOf(long(65_536), 1_000_000)).toEqual(['first']);
    expect(await linesOf(Buffer.from('b'.repeat(70_000)), 4096)).toEqual([]);
  });
});

test('each byte that is not UTF-8 becomes one replacement character', () => {
  expect(decodeUtf8(Buffer.from([0x41, 0xff, 0xe2, 0x82, 0x42]))).toBe('A\ufffd\ufffd\ufffdB');
  expect(decodeUtf8(Buffer.from('héllo € 😀'))).toBe('héllo € 😀');
  expect(decodeUtf8(Buffer.from([0xed, 0xa0, 0x80]))).toBe('\ufffd\ufffd\ufffd');
  expect(decodeUtf8(Buffer.from([0xc0, 0x80, 0xf4, 0x90, 0x80, 0x80]))).toBe('\ufffd'.repeat(6));
});

test('the lines with some bytes are exactly those that contain them', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[ab\n\r]{0,200}$/),
      fc.constantFrom('a', 'ab', 'bba'),
      async (text, part) => {
        for await (const block of readBlocks(chunks(Buffer.from(text), 1000))) {
          expect([...linesWith(block, Buffer.from(part))]).toEqual(
            block.lines().filter((line) => line.includes(part)),
          );
        }
      },
    ),
  );
});
