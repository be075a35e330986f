import { expect, test } from 'vitest';
import { spanInWords } from '../../../../contract/text/span-in-words.ts';

test('a span of time is written in the unit that a person would choose', () => {
  const spans = [5, 90, 119, 120, 150, 47 * 60, 48 * 60, 20_000 * 24 * 60].map((minutes) =>
    spanInWords(minutes * 60_000),
  );
  expect(spans).toEqual([
    '5 minutes',
    '90 minutes',
    '119 minutes',
    '2 hours',
    '3 hours',
    '47 hours',
    '2 days',
    '20000 days',
  ]);
});
