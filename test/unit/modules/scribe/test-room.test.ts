import { expect, test } from 'vitest';
import type { TestResult } from '../../../../modules/scribe/test-result.ts';
import { createTestRoom } from '../../../../modules/scribe/test-room.ts';

const newTest = (testid: string): TestResult => ({
  testid,
  name: '',
  description: '',
  iserror: false,
  error: '',
  masterresult: true,
  hastrueresults: true,
  results: null,
});

test('the sub-results of all tests never take more than the room', () => {
  const room = createTestRoom({ onlytrue: false }, { maxBytes: 100_000 });
  const criteria = Array.from({ length: 2_000 }, (_, index) => ({ identifier: `id${index}`, value: '' }));
  const passing = new Uint8Array(criteria.length);
  passing[1_999] = 1;
  const tests = Array.from({ length: 200 }, (_, index) => newTest(`t${index}`));
  let most = 0;
  for (const result of tests) {
    room.add(result, { criteria, passing });
    most = Math.max(most, JSON.stringify(tests).length);
  }
  // All of them without sub-results have 26,000 bytes.
  expect(most).toBeLessThan(60_000 + 26_000);
  expect(tests.map((one) => one.results?.at(-1))).toEqual(
    Array(200).fill({ result: true, identifier: 'id1999' }),
  );
  expect(room.countOf(newTest('other'))).toBe(0);
});

test('without a limit nothing is cut', () => {
  const room = createTestRoom({ onlytrue: false }, { maxBytes: Number.POSITIVE_INFINITY });
  const criteria = Array.from({ length: 100_000 }, () => ({ identifier: 'x', value: '' }));
  const result = newTest('t');
  room.add(result, { criteria, passing: new Uint8Array(criteria.length) });
  expect(result.results).toHaveLength(100_000);
});
