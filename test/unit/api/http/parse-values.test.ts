import { expect, test } from 'vitest';
import { parseId } from '../../../../api/http/parse-values.ts';

test('ids are positive whole numbers, and others are refused with the errors of MIG', () => {
  expect(parseId('Action', 'actionid', '12')).toBe(12);
  expect(() => parseId('Action', 'actionid', '0')).toThrow("Invalid Action ID '0'");
  for (const text of ['', '-1', '1e3', 'x', '99999999999999999999'])
    expect(() => parseId('Action', 'actionid', text)).toThrow();
});
