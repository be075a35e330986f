import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSemaphore } from '../../../../platform/async/semaphore.ts';

test('never more run than there are permits, all run, and in the order in which they came', async () => {
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

test('work that fails gives its permit back, and its error to whoever asked', async () => {
  const semaphore = createSemaphore(1);
  const failing = semaphore.withPermit(() => Promise.reject(new Error('failed')));
  const next = semaphore.withPermit(async () => 'done');
  await expect(failing).rejects.toThrow('failed');
  expect(await next).toBe('done');
});

test('a permit that is given back twice counts once', async () => {
  const semaphore = createSemaphore(1);
  const release = await semaphore.acquire();
  release();
  release();
  await semaphore.acquire();
  let isSecondIn = false;
  void semaphore.acquire().then(() => {
    isSecondIn = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(isSecondIn).toBe(false);
});
