import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeUtf8 } from '../../../../../contract/go/utf8.ts';
import { type Block, linesContaining } from '../../../../../modules/file/evaluate/block.ts';
import { BlockCutter } from '../../../../../modules/file/evaluate/block-cutter.ts';

function blocksOf(bytes: Buffer, size: number, cutter = new BlockCutter()): Block[] {
  const blocks: Block[] = [];
  for (let i = 0; i < bytes.length; i += size) {
    // A block is valid until its chunk is reused, which never happens here.
    blocks.push(...cutter.push(bytes.subarray(i, i + size)));
  }
  return [...blocks, ...cutter.finish()];
}

function linesOf(bytes: Buffer, size = 7, asMig = false): string[] {
  return blocksOf(bytes, size, new BlockCutter({ asMig })).flatMap((block) => block.lines());
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

  test('are the same when the file is pushed whole, also in MIG mode', () => {
    const line = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.integer({ min: 65_530, max: 65_540 }).map((length) => 'a'.repeat(length)),
    );
    const file = fc
      .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('', '\n', '\r\n'))
      .map(([lines, end]) => Buffer.from(lines.join('\n') + end));
    fc.assert(
      fc.property(file, fc.boolean(), (bytes, asMig) => {
        const cutter = new BlockCutter({ asMig });
        const whole = [...cutter.pushWholeFile(bytes), ...cutter.finish()].flatMap((block) => block.lines());
        expect(whole).toEqual(linesOf(bytes, 4096, asMig));
      }),
    );
  });

  test('of more than 65535 bytes end the inspection silently in MIG mode', () => {
    const long = (n: number) => Buffer.from(`first\n${'a'.repeat(n)}\nafter\n`);
    expect(linesOf(long(65_535), 4096, true)).toHaveLength(3);
    expect(linesOf(long(65_536), 4096, true)).toEqual(['first']);
    expect(linesOf(long(65_536), 1_000_000, true)).toEqual(['first']);
    expect(linesOf(Buffer.from('b'.repeat(70_000)), 4096, true)).toEqual([]);
  });

  test('of up to a million bytes are whole', () => {
    const long = 'a'.repeat(1_000_000);
    expect(linesOf(Buffer.from(`first\n${long}\nafter\n`), 65_536)).toEqual(['first', long, 'after']);
  });

  test('that are longer are cut into overlapping pieces, never within a character', () => {
    const line = `start${Array.from({ length: 300_000 }, (_, i) => `${i}é😀`).join('')}end`;
    const blocks = blocksOf(Buffer.from(`first\n${line}\r\nafter`), 100_003);
    const pieces = blocks.filter(({ edges }) => edges);
    expect(pieces.length).toBeGreaterThan(2);
    expect(pieces.map(({ edges }) => edges)).toEqual(
      pieces.map((_, i) => ({ isStart: i === 0, isEnd: i === pieces.length - 1 })),
    );
    const texts = pieces.flatMap((piece) => piece.lines());
    for (const text of texts) expect(text).not.toContain('\ufffd');
    let joined = texts[0] ?? '';
    for (const text of texts.slice(1)) {
      const overlap = text.slice(0, 10_000);
      joined = joined.slice(0, joined.lastIndexOf(overlap)) + text;
    }
    expect(joined.length).toBe(line.length);
    expect(joined.endsWith('😀end')).toBe(true);
    expect(blocks.filter(({ edges }) => !edges).flatMap((block) => block.lines())).toEqual([
      'first',
      'after',
    ]);
  });
});

test('each byte that is not UTF-8 becomes one replacement character', () => {
  expect(decodeUtf8(Buffer.from([0x41, 0xff, 0xe2, 0x82, 0x42]))).toBe('A\ufffd\ufffd\ufffdB');
  expect(decodeUtf8(Buffer.from('héllo € 😀'))).toBe('héllo € 😀');
  expect(decodeUtf8(Buffer.from([0xed, 0xa0, 0x80]))).toBe('\ufffd\ufffd\ufffd');
  expect(decodeUtf8(Buffer.from([0xc0, 0x80, 0xf4, 0x90, 0x80, 0x80]))).toBe('\ufffd'.repeat(6));
});

test('bytes are decoded as by TextDecoder, except for the number of replacement characters', () => {
  const byte = fc.constantFrom(0x41, 0x80, 0x9f, 0xa0, 0xbf, 0xc2, 0xe0, 0xe2, 0xed, 0xf0, 0xf4, 0xff);
  const bytes = fc.array(byte, { maxLength: 12 }).map((list) => Buffer.from(list));
  const joined = (text: string) => text.replace(/\ufffd+/g, '\ufffd');
  fc.assert(
    fc.property(
      fc.oneof(
        bytes,
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      ),
      (input) => {
        const text = decodeUtf8(input);
        expect(joined(text)).toBe(joined(new TextDecoder('utf-8', { ignoreBOM: true }).decode(input)));
        expect(Buffer.byteLength(text.replaceAll('\ufffd', '?'))).toBeLessThanOrEqual(input.length);
      },
    ),
    { numRuns: 5000 },
  );
});

test('linesContaining returns exactly the lines with the bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.stringMatching(/^[ab\n\r]{0,200}$/),
      fc.constantFrom('a', 'ab', 'bba'),
      async (text, part) => {
        for (const block of blocksOf(Buffer.from(text), 1000)) {
          expect([...linesContaining(block, Buffer.from(part))]).toEqual(
            block.lines().filter((line) => line.includes(part)),
          );
        }
      },
    ),
  );
});
