import { expect, test } from 'vitest';
import { parseGoFlags } from '../../../../contract/go/flags.ts';

test('flags are read as Go reads them', () => {
  const kinds = { name: 'list', n: 'number', b: 'boolean', s: 'string' } as const;
  expect(parseGoFlags(['-name', 'a', '--name=b', '-b', '-n=5', '-s', '-x', 'rest', '-b'], kinds)).toEqual({
    values: { name: ['a', 'b'], b: true, n: 5, s: '-x' },
    contradicted: [],
    rest: ['rest', '-b'],
  });
  expect(parseGoFlags(['-b=false', '-b', '-n', '5', '-n=5', '--', '-name'], kinds)).toEqual({
    values: { b: true, n: 5 },
    contradicted: ['b'],
    rest: ['-name'],
  });
  expect(() => parseGoFlags(['-nosuch'], kinds)).toThrow('flag provided but not defined: -nosuch');
  expect(() => parseGoFlags(['-n', 'three'], kinds)).toThrow(
    'invalid value "three" for flag -n: parse error',
  );
  expect(() => parseGoFlags(['-s'], kinds)).toThrow('flag needs an argument: -s');
  expect(() => parseGoFlags(['-__proto__', 'x'], kinds)).toThrow('flag provided but not defined');
});
