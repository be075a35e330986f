import { expect, test } from 'vitest';
import { settleWithin } from '../../../../platform/async/settle-within.ts';

test('resolves when the promise settles, or at the latest after the timeout', async () => {
  await settleWithin(60_000, Promise.resolve());
  await settleWithin(60_000, Promise.reject(new Error('broken')));
  const start = performance.now();
  await settleWithin(20, new Promise(() => {}));
  expect(performance.now() - start).toBeLessThan(30_000);
});
