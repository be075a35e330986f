import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFilteredOutput } from '../../../../cli/console/output/filtered-output.ts';
import { createPagedOutput, ReaderQuit } from '../../../../cli/console/output/paged-output.ts';
import { type Key, keyOf } from '../../../../cli/console/output/read-key.ts';
import { createOutput } from '../../../../cli/terminal/output.ts';

/** An output whose lines are kept, on a terminal of this size, whose reader presses these keys. */
function openScreen(keys: readonly Key[], { rows = 5, columns = 20 } = {}) {
  const printed: string[] = [];
  const stream = {
    isTTY: true,
    columns,
    write(text: string) {
      printed.push(text.replace(/\n$/, ''));
      return true;
    },
  } as unknown as NodeJS.WriteStream;
  const left = [...keys];
  const asked: number[] = [];
  const output = createPagedOutput(createOutput({ stdout: stream, stderr: stream, env: { NO_COLOR: '1' } }), {
    size: () => ({ rows, columns }),
    async more() {
      asked.push(printed.length);
      const key = left.shift();
      if (key === undefined) throw new Error('nobody presses a key any more');
      return key;
    },
  });
  return { output, printed, asked };
}

const lines = (count: number) => Array.from({ length: count }, (_, n) => `line ${n + 1}`);

describe('a long output', () => {
  test('stops at each screen, and goes on by pages and by lines', async () => {
    const { output, printed, asked } = openScreen(['page', 'line', 'page']);
    for (const line of lines(12)) output.answer(line);
    expect(printed).toEqual(lines(4));
    await output.flush();
    expect(printed).toEqual(lines(12));
    expect(asked).toEqual([4, 8, 9]);
  });

  test('is not stopped when it fits, or is where nobody pages', async () => {
    const fits = openScreen([]);
    for (const line of lines(4)) fits.output.answer(line);
    await fits.output.flush();
    expect(fits.printed).toHaveLength(4);
    const pipe = openScreen([], { rows: Number.POSITIVE_INFINITY });
    for (const line of lines(1_000)) pipe.output.answer(line);
    await pipe.output.flush();
    expect(pipe.printed).toHaveLength(1_000);
  });

  test('counts the rows that a line takes, and keeps answers, notes and JSON in their order', async () => {
    const { output, printed, asked } = openScreen(['page']);
    output.answer('x'.repeat(45));
    output.note('a note');
    output.json('{\n"a": 1\n}');
    expect(printed).toEqual(['x'.repeat(45), 'a note']);
    await output.flush();
    expect(printed).toEqual(['x'.repeat(45), 'a note', '{', '"a": 1', '}']);
    expect(asked).toEqual([2]);
  });

  test('ends where its reader quits: the producer is stopped, and nothing more is printed', async () => {
    const { output, printed } = openScreen(['page', 'quit']);
    const produced: number[] = [];
    const produce = async () => {
      for (let n = 1; n <= 10_000; n++) {
        produced.push(n);
        output.answer(`line ${n}`);
        await output.drained();
      }
    };
    await expect(produce()).rejects.toBeInstanceOf(ReaderQuit);
    await output.flush();
    expect(printed).toEqual(lines(8));
    expect(produced).toHaveLength(9);
  });

  test('never has more lines waiting than the producer adds between two waits', async () => {
    let waitingMost = 0;
    const { output, printed } = openScreen(Array.from({ length: 400 }, () => 'page' as const));
    for (let n = 1; n <= 1_000; n++) {
      output.answer(`line ${n}`);
      waitingMost = Math.max(waitingMost, n - printed.length);
      await output.drained();
    }
    expect(printed).toEqual(lines(1_000));
    expect(waitingMost).toBe(1);
    await sleep(0);
  });
});

test('keys: space and others go on by a page, enter by a line; q, Escape, Ctrl-C and Ctrl-D quit', () => {
  expect([' ', 'x', '\u001b[6~', '\u001b[C'].map(keyOf)).toEqual(['page', 'page', 'page', 'page']);
  expect(['\r', '\n', 'j', '\u001b[B'].map(keyOf)).toEqual(['line', 'line', 'line', 'line']);
  expect(['q', 'Q', '\u001b', '\u0003', '\u0004'].map(keyOf)).toEqual([
    'quit',
    'quit',
    'quit',
    'quit',
    'quit',
  ]);
});

describe('a filtered output', () => {
  test('prints the answers that pass, and all that is no answer; nothing is cut before it is seen', () => {
    const { output, printed } = openScreen([], { rows: Number.POSITIVE_INFINITY });
    const filtered = createFilteredOutput(output, (line) => line.includes('x'));
    filtered.answer('an x');
    filtered.answer('no');
    filtered.json('{\n"x": 1\n}');
    filtered.note('a note');
    filtered.header('a title');
    expect(printed).toEqual(['an x', '"x": 1', 'a note', 'a title']);
    expect(filtered.columns).toBeUndefined();
  });

  test('never lets a control character reach the terminal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), async (text) => {
        const { output, printed } = openScreen([], { rows: Number.POSITIVE_INFINITY });
        const filtered = createFilteredOutput(output, () => true);
        filtered.answer(text);
        filtered.header(text);
        filtered.note(text);
        filtered.json(JSON.stringify(text));
        await output.flush();
        expect(printed.join('')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});
