import { expect, test } from 'vitest';
import { createLogQuota } from '../../../../agent/persistent/log-quota.ts';

test('500 lines pass at once and 10 a second after that, and the others are counted', () => {
  let nowMs = 0;
  const quota = createLogQuota(() => nowMs);
  const take = (times: number) => Array.from({ length: times }, () => quota.take()).filter(Boolean).length;
  expect(take(600)).toBe(500);
  nowMs = 2000;
  expect(take(100)).toBe(20);
  expect(quota.suppressed()).toBe(180);
  expect(quota.suppressed()).toBe(0);
});
