import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Block, BlockCutter, decodeUtf8, linesWith } from '../../../../modules/file/blocks.ts';

function* blocksOf(bytes: Buffer, size: number): Generator<Block> {
  const cutter = new BlockCutter();
  for (let i = 0; i < bytes.length; i += size) {
    const block = cutter.push(bytes.subarray(i, i + size));
    if (block) yield block;
  }
  const last = cutter.finish();
  if (last) yield last;
}

function linesOf(bytes: Buffer, size = 7): string[] {
  return [...blocksOf(bytes, size)].flatMap((block) => block.lines());
}

describe('lines', () => {
  test('end at LF, lose one CR, and need no LF at the end of the file', async () => {
    expect(linesOf(Buffer.from('a\r\n\r\nb\r\r\nlast'))).toEqual(['a', '', 'b\r', 'last']);
    expect(linesOf(Buffer.from('x\n'))).toEqual(['x']);
    expect(linesOf(Buffer.alloc(0))).toEqual([]);
  });

  test('are the same however the file is cut into chunks', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.integer({ min: 1, max: 50 }),
        async (bytes, size) => {
          expect(linesOf(Buffer.from(bytes), size)).toEqual(linesOf(Buffer.from(bytes), 1000));
        },
      ),
    );
  });

  test('longer than 65535 bytes end the inspection silently', async () => {
    const long = (n: number) => Buffer.from(`first\n${'a'.repeat(n)}\nafter\n`);
    expect(linesOf(long(65_535), 4096)).toHaveLength(3);
    expect(linesOf(long(65_536), 4096)).toEqual(['first']);
    expect(linesOf(long(65_536), 1_000_000)).toEqual(['first']);
    expect(linesOf(Buffer.from('b'.repeat(70_000)), 4096)).toEqual([]);
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
        for (const block of blocksOf(Buffer.from(text), 1000)) {
          expect([...linesWith(block, Buffer.from(part))]).toEqual(
            block.lines().filter((line) => line.includes(part)),
          );
        }
      },
    ),
  );
});
