import { expect, test } from 'vitest';
import { parseForm } from '../../../../api/http/parse-pairs.ts';

test('a form is decoded as UTF-8, and a repeated field is refused', () => {
  expect(parseForm(Buffer.from('a=%C3%A9+b%25&c='))).toEqual(
    new Map([
      ['a', 'é b%'],
      ['c', ''],
    ]),
  );
  expect(() => parseForm(Buffer.from('a=%FF'))).toThrow('a: not valid UTF-8');
  expect(() => parseForm(Buffer.from('a=1&a=2'))).toThrow('a: given twice');
});
