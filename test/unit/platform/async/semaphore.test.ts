import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSemaphore } from '../../../../platform/async/semaphore.ts';

test('all work starts in FIFO order, never more at once than there are permits', async () => {
  const delays = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 5 }), delays, async (permits, turns) => {
      const semaphore = createSemaphore(permits);
      const begun: number[] = [];
      let running = 0;
      let most = 0;
      await Promise.all(
        turns.map((count, index) =>
          semaphore.withPermit(async () => {
            begun.push(index);
            most = Math.max(most, ++running);
            for (let turn = 0; turn < count; turn++) await Promise.resolve();
            running--;
          }),
        ),
      );
      expect(begun).toEqual(turns.map((_, index) => index));
      expect(most).toBeLessThanOrEqual(permits);
    }),
  );
});

test('failing work returns its permit, and its error to the caller', async () => {
  const semaphore = createSemaphore(1);
  const failing = semaphore.withPermit(() => Promise.reject(new Error('failed')));
  const next = semaphore.withPermit(async () => 'done');
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('done');
});

test('a permit that is released twice counts once', async () => {
  const semaphore = createSemaphore(1);
  const release = await semaphore.acquire();
  release();
  release();
  await semaphore.acquire();
  let isSecondIn = false;
  void semaphore.acquire().then(() => {
    isSecondIn = true;
  });
  await nextTurn();
  expect(isSecondIn).toBe(false);
});
