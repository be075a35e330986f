import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toRecordset } from '../../../../platform/postgres/recordset.ts';

test('a lone surrogate, which jsonb refuses, becomes the replacement character', () => {
  expect(JSON.parse(toRecordset([{ reason: '\ud83d' }, { reason: 'whole \u{1f600}' }]))).toEqual([
    { reason: '\ufffd' },
    { reason: 'whole \u{1f600}' },
  ]);
});

test('every other row is unchanged', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()))), (rows) => {
      expect(JSON.parse(toRecordset(rows))).toEqual(rows);
    }),
  );
});
