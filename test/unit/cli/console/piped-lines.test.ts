import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPipedLines } from '../../../../cli/console/input/piped-lines.ts';

async function readAll(chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const lines = createPipedLines(Readable.from(chunks, { objectMode: true }));
  const all: string[] = [];
  while (true) {
    const line = await lines.next('mig> ', 'order');
    if (line === undefined) return all;
    all.push(line);
  }
}

describe('the lines of a pipe', () => {
  test('are the same however the text is cut into chunks', async () => {
    const text = fc.array(fc.string({ unit: 'grapheme' }).map((one) => one.replaceAll(/[\r\n]/g, '')));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
        expect(await readAll(chunks)).toEqual(lines);
      }),
    );
  });

  test('end with the input; the last one needs no line feed, and a carriage return is none of it', async () => {
    expect(await readAll(['status\r\nexit'])).toEqual(['status', 'exit']);
    expect(await readAll([])).toEqual([]);
  });

  test('are read no further than needed, and none is endless', async () => {
    let read = 0;
    const endless = Readable.from(
      (function* () {
        while (true) {
          read++;
          yield `${'x'.repeat(1_000)}\n`;
        }
      })(),
    );
    const lines = createPipedLines(endless);
    expect(await lines.next('', 'order')).toHaveLength(1_000);
    expect(read).toBeLessThan(100);
    endless.destroy();
    await expect(readAll(Array.from({ length: 100 }, () => 'x'.repeat(1_000)))).rejects.toThrow(
      'more than 65536',
    );
  });
});
