import { expect, test } from 'vitest';
import { createMinuteCounts } from '../../../../api/limits/minute-counts.ts';

test('beyond 10,000 networks, only the one counted longest ago is dropped', () => {
  const counts = createMinuteCounts(() => 0);
  counts.increment('first');
  counts.increment('second');
  for (let i = 0; i < 9_997; i++) counts.increment(`other ${i}`);
  for (let i = 0; i < 20; i++) counts.increment('second');
  counts.increment('10,000th');
  expect([counts.countOf('first'), counts.countOf('second')]).toEqual([1, 21]);
  counts.increment('10,001st');
  expect([counts.countOf('first'), counts.countOf('second'), counts.countOf('other 0')]).toEqual([0, 21, 1]);
});
