import { expect, test } from 'vitest';
import { factsOf } from '../../judges/facts.ts';

const result = { foundanything: true, success: true, statistics: { exectime: '1ms' }, errors: null };

test('results that differ only in statistics and in the order of keys have the same facts', () => {
  const one = factsOf({ ...result, elements: { a: [{ x: 1, y: 2 }], b: null } });
  const other = factsOf({ ...result, statistics: null, elements: { b: null, a: [{ y: 2, x: 1 }] } });
  expect(one.sort()).toEqual(other.sort());
});

test('an empty list is not the same as none', () => {
  expect(factsOf({ ...result, elements: { a: [] } })).not.toEqual(
    factsOf({ ...result, elements: { a: null } }),
  );
});

test('each error is a fact', () => {
  expect(factsOf({ ...result, errors: ['one'], elements: null })).toContain('error one');
});
