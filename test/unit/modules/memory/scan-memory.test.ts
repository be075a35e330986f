import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8 } from '../../../../contract/go/utf8.ts';
import { createPlans, windowBytesOf } from '../../../../modules/memory/plan.ts';
import { MemoryScan } from '../../../../modules/memory/scan-memory.ts';
import { Parameters } from '../../../../modules/memory/schema.ts';
import { createRunClock } from '../../../../platform/async/run-clock.ts';
import { createTarget } from './fake-target.ts';

const WINDOW = 4096;

/** Scans these regions for one search. Returns the values of the checks that were found. */
async function scan(
  regions: Record<number, Buffer>,
  search: { contents?: string[]; bytes?: string[]; options?: Record<string, unknown> },
  endsAtMs = Number.POSITIVE_INFINITY,
) {
  const plans = createPlans(Parameters.parse({ searches: { s: search } }));
  const failures: string[] = [];
  const windowBytes = windowBytesOf(plans);
  const memory = new MemoryScan(createTarget(regions), plans, {
    clock: createRunClock(endsAtMs),
    buffer: Buffer.alloc(windowBytes * 4),
    windowBytes,
    onFailure: (text) => failures.push(text),
  });
  const parts = Object.entries(regions).map(([start, bytes]) => ({
    start: Number(start),
    end: Number(start) + bytes.length,
    isSparse: false,
  }));
  await memory.run({ parts, devices: [] });
  return { found: [...memory.found].map(({ value }) => value), bytesRead: memory.bytesRead, failures };
}

/** The windows of a region, one by one, as the spec describes them. */
function* windowsOf(region: Buffer): Generator<Buffer> {
  for (let at = 0; at === 0 || at + WINDOW / 2 < region.length; at += WINDOW / 2) {
    yield region.subarray(at, at + WINDOW);
  }
}

test('a scan finds what is in some window, and nothing else', async () => {
  const patterns = [
    'ne{2}dle',
    '^ab',
    'xy$',
    '(foo|bar)[0-9]',
    '(?i)NEEDLE',
    '\\bword\\b',
    'a[^b]c',
    '^\0',
    'é',
  ];
  const inserts = ['needle', 'neeedle', 'ab', 'xy', 'foo7', 'bar', 'NeeDle', ' word ', 'a\nc', 'é'];
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 9 * WINDOW }),
      fc.array(fc.tuple(fc.constantFrom(...inserts), fc.nat(), fc.constantFrom(0, -1, -3, 2)), {
        maxLength: 4,
      }),
      fc.constantFrom(...patterns),
      fc.constantFrom(0, 0x20, 0xe9),
      async (length, placed, pattern, fill) => {
        const region = Buffer.alloc(length, fill);
        // Most places are beside the border of a window.
        for (const [text, at, near] of placed) {
          const border = (at % 20) * (WINDOW / 2) + near;
          region.write(text, Math.min(Math.max(0, border), length - 1));
        }
        const { RE2JS } = await import('re2js');
        const automaton = RE2JS.compile(pattern);
        const expected = [...windowsOf(region)].some((window) => automaton.test(decodeUtf8(window)));
        const { found } = await scan({ 4096: region }, { contents: [pattern] });
        expect(found).toEqual(expected ? [pattern] : []);
      },
    ),
    { numRuns: 300 },
  );
});

test('a byte string is found across pages, spans and adjacent mappings, and not across a gap', async () => {
  const needle = Buffer.from('0123456789');
  const first = Buffer.alloc(WINDOW * 7);
  const second = Buffer.alloc(WINDOW);
  needle.copy(first, first.length - 4);
  needle.copy(second, 0, 4);
  const search = { bytes: [needle.toString('hex')] };
  expect((await scan({ [WINDOW]: first, [WINDOW * 8]: second }, search)).found).toHaveLength(1);
  expect((await scan({ [WINDOW]: first, [WINDOW * 9]: second }, search)).found).toEqual([]);
  for (let at = 0; at < WINDOW * 6; at += 511) {
    const region = Buffer.alloc(WINDOW * 7);
    needle.copy(region, at);
    expect((await scan({ [WINDOW]: region }, search)).found).toHaveLength(1);
  }
});

test('a byte string over half a window is found, because the window grows', async () => {
  const needle = Buffer.alloc(5000, 'ab');
  const region = Buffer.alloc(80_000);
  needle.copy(region, 33_333);
  expect((await scan({ 4096: region }, { bytes: [needle.toString('hex')] })).found).toHaveLength(1);
});

test('a search ends at its maxlength, counted as MIG does', async () => {
  const region = Buffer.alloc(100 * WINDOW);
  region.write('needle', 52_000);
  const options = { maxlength: 50_000 };
  expect(await scan({ 4096: region }, { contents: ['needle'], options })).toMatchObject({
    found: [],
    bytesRead: 51_200,
  });
  expect((await scan({ 4096: region }, { contents: ['needle'] })).found).toEqual(['needle']);
});

test('a search begins at its offset', async () => {
  const region = Buffer.alloc(4 * WINDOW);
  region.write('needle', 100);
  const at = (offset: number) => scan({ 4096: region }, { contents: ['needle'], options: { offset } });
  expect((await at(4196)).found).toEqual(['needle']);
  expect((await at(4197)).found).toEqual([]);
});

test('after memory that cannot be read the scan continues at the next mapping', async () => {
  const plans = createPlans(Parameters.parse({ searches: { s: { contents: ['needle'] } } }));
  const failures: string[] = [];
  const last = Buffer.alloc(WINDOW);
  last.write('needle', 50);
  const target = createTarget({ [WINDOW]: Buffer.alloc(WINDOW), [WINDOW * 4]: last });
  const memory = new MemoryScan(target, plans, {
    clock: createRunClock(Number.POSITIVE_INFINITY),
    buffer: Buffer.alloc(WINDOW * 4),
    windowBytes: WINDOW,
    onFailure: (text) => failures.push(text),
  });
  const parts = [1, 2, 4].map((page) => ({
    start: page * WINDOW,
    end: (page === 2 ? 4 : page + 1) * WINDOW,
    isSparse: false,
  }));
  await memory.run({ parts, devices: [99] });
  expect(memory.found.size).toBe(1);
  expect(failures).toEqual([
    'Failed to read memory of process 4242 at 0x63: memory of a device is not read',
    'Failed to read memory of process 4242 at 0x2000: input/output error',
  ]);
});

test('a scan ends when its time is over, and names the address', async () => {
  await expect(scan({ 4096: Buffer.alloc(WINDOW) }, { contents: ['needle'] }, 0)).rejects.toThrow(
    'the time was over at address 0x1000',
  );
});
