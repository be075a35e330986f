import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkParametersInSteps } from '../../../../../modules/all-modules.ts';

const LISTS = ['contents', 'names', 'modes', 'sizes', 'mtimes', 'md5', 'sha1', 'sha2', 'sha3'] as const;
const VALUE: Record<(typeof LISTS)[number], string> = {
  contents: 'root',
  names: '^a$',
  modes: '^-',
  sizes: '<1k',
  mtimes: '<1d',
  md5: 'a'.repeat(32),
  sha1: 'a'.repeat(40),
  sha2: 'a'.repeat(64),
  sha3: 'a'.repeat(64),
};

/** Returns the number of steps of the check, and its problem. */
function check(search: Record<string, unknown>): { steps: number; problem: string | undefined } {
  const work = checkParametersInSteps('file', { searches: { s1: { paths: ['/'], ...search } } });
  for (let steps = 0; ; steps++) {
    const step = work.next();
    if (step.done) return { steps, problem: step.value };
  }
}

test('a search may have 100 values over all of its checks together', () => {
  const counts = fc.dictionary(fc.constantFrom(...LISTS), fc.integer({ min: 0, max: 60 }));
  fc.assert(
    fc.property(counts, (chosen) => {
      const lists = Object.entries(chosen) as [(typeof LISTS)[number], number][];
      const total = lists.reduce((sum, [, count]) => sum + count, 0);
      const search = Object.fromEntries(lists.map(([name, count]) => [name, Array(count).fill(VALUE[name])]));
      const { steps, problem } = check(search);
      if (total <= 100) expect({ steps, problem }).toEqual({ steps: total, problem: undefined });
      else expect({ steps, problem }).toEqual({ steps: 0, problem: "search 's1' has more than 100 values" });
    }),
    { numRuns: 50 },
  );
});

test('3,000 patterns, 101 paths and a pattern that compiles to a large program are refused before anything is compiled', () => {
  const tooMany = { steps: 0, problem: expect.stringMatching(/more than 100 values/) };
  expect(check({ names: Array.from({ length: 3000 }, (_, i) => `^a${i}$`) })).toEqual(tooMany);
  expect(check({ paths: Array(101).fill('/') })).toEqual(tooMany);
  const large = check({ names: ['^a$', '(?:a{1000})'.repeat(80)] });
  expect(large).toEqual({ steps: 0, problem: expect.stringMatching(/too large/) });
});
