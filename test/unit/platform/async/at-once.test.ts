import { expect, test } from 'vitest';
import { atOnce } from '../../../../platform/async/at-once.ts';

test('all steps are done, and the last one returns the result', () => {
  const done: number[] = [];
  const count = atOnce(function* (first: number, last: number) {
    for (let i = first; i <= last; i++) {
      done.push(i);
      yield;
    }
    return done.length;
  });
  expect(count(3, 5)).toBe(3);
  expect(done).toEqual([3, 4, 5]);
});
