import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLoadLimit } from '../../../../api/limits/load-limit.ts';
import { createDeferred } from '../../../../platform/async/deferred.ts';

/** Work that runs until `finish` is called. */
function createWork() {
  const { promise, resolve, reject } = createDeferred();
  return { promise, finish: (fails: boolean) => (fails ? reject(new Error('failed')) : resolve()) };
}

test('at most `atOnce` run, `waiting` queue in FIFO order, the rest are refused', async () => {
  const numbers = fc.record({
    atOnce: fc.integer({ min: 1, max: 4 }),
    waiting: fc.nat(4),
    arrivals: fc.integer({ min: 1, max: 14 }),
    fails: fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
  });
  await fc.assert(
    fc.asyncProperty(numbers, async ({ atOnce, waiting, arrivals, fails }) => {
      const limit = createLoadLimit({ atOnce, waiting });
      const started: number[] = [];
      const refused: number[] = [];
      const works = Array.from({ length: arrivals }, createWork);
      const runs = works.map((work, index) =>
        limit
          .run(() => {
            started.push(index);
            return work.promise;
          })
          .catch((error: { code?: string }) => {
            if (error.code === 'overloaded') refused.push(index);
          }),
      );
      await nextTurn();
      const admitted = Math.min(arrivals, atOnce + waiting);
      expect(refused).toEqual(works.map((_, index) => index).slice(admitted));
      for (let ended = 0; ended < admitted; ended++) {
        expect(started).toEqual(works.map((_, index) => index).slice(0, Math.min(admitted, atOnce + ended)));
        works[ended]?.finish(fails[ended] === true);
        await nextTurn();
      }
      await Promise.all(runs);
      await expect(limit.run(async () => 'again')).resolves.toBe('again');
    }),
    { numRuns: 50 },
  );
});

test('work that takes memory is refused by its bytes, until some of it ends', async () => {
  const limit = createLoadLimit({ atOnce: 1, waiting: 100, maxBytes: 10 });
  const works = Array.from({ length: 12 }, createWork);
  const codes = works.map(({ promise }) =>
    limit
      .run(() => promise, 1)
      .then(
        () => 'ran',
        (error: { code?: string }) => error.code,
      ),
  );
  expect(await Promise.all(codes.slice(10))).toEqual(['overloaded', 'overloaded']);
  const small = limit.run(async () => 'no memory');
  for (const work of works) work.finish(false);
  expect(await Promise.all(codes.slice(0, 10))).toEqual(works.slice(0, 10).map(() => 'ran'));
  expect(await small).toBe('no memory');
  expect(await limit.run(async () => 'all of it', 10)).toBe('all of it');
});
