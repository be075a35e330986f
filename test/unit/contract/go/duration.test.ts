import { expect, test } from 'vitest';
import { goDuration } from '../../../../contract/go/duration.ts';
import { parseGoFlags } from '../../../../contract/go/flags.ts';

test('durations read as Go prints them', () => {
  const cases: [bigint, string][] = [
    [0n, '0s'],
    [999n, '999ns'],
    [486_286n, '486.286µs'],
    [1_500_000n, '1.5ms'],
    [1_500_000_000n, '1.5s'],
    [123_500_000_000n, '2m3.5s'],
    [3_600_000_000_000n, '1h0m0s'],
  ];
  for (const [ns, text] of cases) expect(goDuration(ns)).toBe(text);
});

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
