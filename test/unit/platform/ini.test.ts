import { expect, test } from 'vitest';
import { parseIni } from '../../../platform/ini.ts';

test('the dialect of MIG is read: sections and keys ignore case, keys repeat, quotes keep everything', () => {
  const ini = parseIni(
    '; comment\n[Agent]\n  Relay = "amqps://a:b;c@h/" ; note\n tags = a:b\n tags=c:d # x\n isimmortal\n[certs]\nca = /x',
  );
  expect(ini.get('agent')?.get('relay')).toEqual(['amqps://a:b;c@h/']);
  expect(ini.get('agent')?.get('tags')).toEqual(['a:b', 'c:d']);
  expect(ini.get('agent')?.get('isimmortal')).toEqual(['true']);
  expect(ini.get('certs')?.get('ca')).toEqual(['/x']);
});

test('what is neither section, key nor comment is refused with its line', () => {
  expect(() => parseIni('[a]\nx = 1\n?!')).toThrow('line 3');
  expect(() => parseIni('x = 1')).toThrow('line 1');
});
