import { expect, test } from 'vitest';
import { pollUntil } from '../../../../platform/async/poll-until.ts';

test('returns the first value of the condition, even zero or an empty string', async () => {
  for (const value of [0, '', true, { found: 1 }]) {
    let asked = 0;
    const condition = () => (++asked < 3 ? undefined : value);
    expect(await pollUntil<unknown>(condition, { timeoutMs: 60_000, everyMs: 1 })).toBe(value);
    expect(asked).toBe(3);
  }
});

test('returns undefined when the time is over, and does not call the condition without time', async () => {
  let asked = 0;
  const never = () => {
    asked++;
    return false as const;
  };
  expect(await pollUntil(never, { timeoutMs: 20, everyMs: 1 })).toBeUndefined();
  expect(asked).toBeGreaterThan(0);
  asked = 0;
  expect(await pollUntil(never, { timeoutMs: 0, everyMs: 1 })).toBeUndefined();
  expect(asked).toBe(0);
});

test('throws the error of the condition', async () => {
  const broken = () => {
    throw new Error('broken');
  };
  await expect(pollUntil(broken, { timeoutMs: 60_000, everyMs: 1 })).rejects.toThrow('broken');
});

test('a poll that comes too late is repeated until the least number of attempts', async () => {
  let polls = 0;
  const found = await pollUntil(
    () => {
      polls++;
      return polls === 3;
    },
    { timeoutMs: 0, everyMs: 0, minAttempts: 5 },
  );
  expect([found, polls]).toEqual([true, 3]);
});
