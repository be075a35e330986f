import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLineSplitter } from '../../../../platform/async/split-lines.ts';

function split(chunks: readonly Buffer[], maxBytes = 1000) {
  const lines: string[] = [];
  let tooLong = 0;
  const splitter = createLineSplitter({
    maxBytes,
    onLine: (line) => lines.push(line),
    onTooLong: () => tooLong++,
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return { lines, tooLong };
}

test('lines are the same however the stream is cut into chunks', () => {
  const texts = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\n', '')),
  );
  fc.assert(
    fc.property(texts, fc.array(fc.nat(400)), (expected, cuts) => {
      const bytes = Buffer.from(expected.map((text) => `${text}\n`).join(''));
      const ends = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
      expect(split(chunks)).toEqual({ lines: expected, tooLong: 0 });
    }),
  );
});

test('a last line without its line feed is a line', () => {
  expect(split([Buffer.from('a\nb')]).lines).toEqual(['a', 'b']);
  expect(split([Buffer.from('a\n')]).lines).toEqual(['a']);
});

test('a line that is too long is reported once, and ends the stream', () => {
  expect(split([Buffer.from('ok\n'), Buffer.alloc(8, 'x'), Buffer.from('y\nlater\n')], 8)).toEqual({
    lines: ['ok'],
    tooLong: 1,
  });
  expect(split([Buffer.from('12345678\n')], 8).lines).toEqual(['12345678']);
});
