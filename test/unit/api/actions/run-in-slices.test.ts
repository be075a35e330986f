import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runInSlices } from '../../../../api/actions/run-in-slices.ts';

/** Blocks for 12 ms, longer than one slice. */
function keepBusy(): void {
  const until = performance.now() + 12;
  while (performance.now() < until);
}

test('other work runs between long steps, and the value of the generator is returned', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), async (count) => {
      let steps = 0;
      const turns: number[] = [];
      const work = runInSlices(
        (function* () {
          for (; steps < count; steps++) {
            keepBusy();
            yield;
          }
          return 'done';
        })(),
      );
      while (steps < count) {
        turns.push(steps);
        await nextTurn();
      }
      expect(await work).toBe('done');
      expect(turns.length).toBeGreaterThanOrEqual(count - 1);
    }),
    { numRuns: 10 },
  );
});
