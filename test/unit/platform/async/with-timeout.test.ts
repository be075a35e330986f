import { expect, test } from 'vitest';
import { withTimeout } from '../../../../platform/async/with-timeout.ts';

test('returns the value or the error in time, and throws "unavailable" after the timeout', async () => {
  expect(await withTimeout(60_000, Promise.resolve(7), 'late')).toBe(7);
  await expect(withTimeout(60_000, Promise.reject(new Error('broken')), 'late')).rejects.toThrow('broken');
  const never = new Promise<never>(() => {});
  await expect(withTimeout(5, never, 'the relay is silent')).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the relay is silent',
  });
});
