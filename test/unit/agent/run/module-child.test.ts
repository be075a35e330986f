import { expect, test } from 'vitest';
import { printJson } from '../../../../agent/run/module-child.ts';
import { EMPTY_RESULT } from '../../../../contract/module-result.ts';

const print = (elements: unknown) =>
  JSON.parse([...printJson('example', { ...EMPTY_RESULT, elements })].join('')).elements;

test('the elements are printed as they are, list by list', () => {
  const elements = { a: [1, { b: null }], c: [], d: 'text', e: { f: [2] } };
  expect(print(structuredClone(elements))).toEqual(elements);
});

test('an element that is undefined is left out, as MIG leaves it out', () => {
  expect(print({ hostname: 'h1', addresses: undefined })).toEqual({ hostname: 'h1' });
  expect(print({ hostname: undefined })).toEqual({});
});

test('elements that are no object are printed, too', () => {
  expect(print(null)).toBeNull();
  expect(print(['a'])).toEqual(['a']);
  expect(print('killed')).toBe('killed');
});
