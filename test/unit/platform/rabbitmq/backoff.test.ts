import { expect, test } from 'vitest';
import { backoffDelay } from '../../../../platform/rabbitmq/backoff.ts';

test('10,000 agents that lose their relay at once spread their attempts evenly', () => {
  const backoff = { firstMs: 4_000, maxMs: 60_000 };
  for (const failures of [0, 3, 10]) {
    const seconds = new Map<number, number>();
    for (let agent = 0; agent < 10_000; agent++) {
      const second = Math.floor(backoffDelay(failures, backoff) / 1000);
      seconds.set(second, (seconds.get(second) ?? 0) + 1);
    }
    const ceiling = Math.min(60, 4 * 2 ** failures);
    expect(seconds.size).toBe(ceiling);
    expect(Math.max(...seconds.values())).toBeLessThan((10_000 / ceiling) * 1.5);
  }
});

test('the delay never exceeds the maximum, after any number of failures', () => {
  for (const failures of [100, 1_000_000]) {
    const delay = backoffDelay(failures, { firstMs: 4_000, maxMs: 60_000 });
    expect(delay).toBeGreaterThanOrEqual(0);
    expect(delay).toBeLessThanOrEqual(60_000);
  }
});
