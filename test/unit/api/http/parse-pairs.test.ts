import fc from 'fast-check';
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

test('every form of the platform’s own encoder is read as it was written', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((value) => !value.includes('\0'));
  fc.assert(
    fc.property(fc.dictionary(text, text, { maxKeys: 5 }), (fields) => {
      const form = parseForm(Buffer.from(new URLSearchParams(fields).toString()));
      expect(form).toEqual(new Map(Object.entries(fields)));
    }),
  );
});

test('a % that begins no escape stands for itself', () => {
  const part = fc.constantFrom('%', '%4', '%zz', '%4g', '%G4', 'a', '%25');
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const text = parts.join('');
      const expected = text.replace(/%[0-9A-Fa-f]{2}/g, (escaped) =>
        String.fromCharCode(Number.parseInt(escaped.slice(1), 16)),
      );
      fc.pre(/^[\x20-\x7e]*$/.test(expected));
      expect(parseForm(Buffer.from(`a=${text}`)).get('a')).toBe(expected);
    }),
  );
});

test('a form with more fields than any route has is refused before they are decoded', () => {
  const fields = (count: number) => Buffer.from(Array.from({ length: count }, (_, i) => `f${i}=`).join('&'));
  expect(parseForm(fields(100)).size).toBe(100);
  expect(() => parseForm(fields(101))).toThrow('the form has more than 100 fields');
  expect(() => parseForm(Buffer.from(`${'x'.repeat(500)}=1`))).toThrow('over 64 characters');
});
