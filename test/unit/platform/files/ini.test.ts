import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseBoolean, parseIni } from '../../../../platform/files/ini.ts';

test('sections and keys ignore case, keys may repeat, and quotes keep everything, as in MIG', () => {
  const ini = parseIni(
    '; comment\n[Agent]\n  Relay = "amqps://a:b;c@h/" ; note\n tags = a:b\n tags=c:d # x\n isimmortal\n[certs] ; note\nca = /x',
  );
  expect(ini.get('agent')?.get('relay')).toEqual(['amqps://a:b;c@h/']);
  expect(ini.get('agent')?.get('tags')).toEqual(['a:b', 'c:d']);
  expect(ini.get('agent')?.get('isimmortal')).toEqual(['true']);
  expect(ini.get('certs')?.get('ca')).toEqual(['/x']);
});

test('a line that is neither section, key nor comment is refused with its number', () => {
  expect(() => parseIni('[a]\nx = 1\n?!')).toThrow('line 3');
  expect(() => parseIni('x = 1')).toThrow('line 1');
  expect(() => parseIni('[a] x = 1')).toThrow('line 1');
});

test('a boolean is one of the eight words of gcfg in any case', () => {
  const words = { true: true, yes: true, on: true, 1: true, false: false, no: false, off: false, 0: false };
  const anyCase = fc
    .tuple(fc.constantFrom(...Object.keys(words)), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
    .map(([word, upper]) => [...word].map((one, i) => (upper[i] ? one.toUpperCase() : one)).join(''));
  fc.assert(
    fc.property(fc.oneof(anyCase, fc.string()), (text) => {
      const known = new Map<string, boolean>(Object.entries(words)).get(text.toLowerCase());
      expect(parseBoolean(text)).toBe(known);
      expect(parseBoolean(`${text}x`)).toBeUndefined();
    }),
  );
});
