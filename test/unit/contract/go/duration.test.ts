import fc from 'fast-check';
import { expect, test } from 'vitest';
import { goDuration, parseDurationMs, parseGoDuration } from '../../../../contract/go/duration.ts';

test('durations read as Go prints them', () => {
  const cases: [bigint, string][] = [
    [0n, '0s'],
    [999n, '999ns'],
    [486_286n, '486.286µs'],
    [1_500_000n, '1.5ms'],
    [1_500_000_000n, '1.5s'],
    [123_500_000_000n, '2m3.5s'],
    [3_600_000_000_000n, '1h0m0s'],
    [-1_000_000n, '-1ms'],
    [1_000_000_000n, '1s'],
    [9_223_372_036_854_775_807n, '2562047h47m16.854775807s'],
    [-9_223_372_036_854_775_808n, '-2562047h47m16.854775808s'],
  ];
  for (const [ns, text] of cases) expect(goDuration(ns)).toBe(text);
});

test('durations are read as Go reads them, and no other text is', () => {
  expect(['300s', '1h30m', '1.5h', '5ms', '0s'].map(parseDurationMs)).toEqual([
    300_000, 5_400_000, 5_400_000, 5, 0,
  ]);
  for (const text of ['', '60', '5d', '1h 30m', '-5m', 'soon', '1.s']) {
    expect(parseDurationMs(text), text).toBeUndefined();
  }
});

test('every duration of 64 bits is read as it is printed', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ns) => {
      expect(parseGoDuration(goDuration(ns))).toBe(ns);
    }),
  );
});

test('durations are read to the nanosecond, with signs, fractions and every unit', () => {
  const cases: [string, bigint][] = [
    ['0', 0n],
    ['-0', 0n],
    ['+5s', 5_000_000_000n],
    ['-3m', -180_000_000_000n],
    ['1h2m3.5s', 3_723_500_000_000n],
    ['7ns100us', 100_007n],
    ['1µs1μs', 2_000n],
    ['00000000000000000000001s', 1_000_000_000n],
    ['.5s1.s', 1_500_000_000n],
    ['0.3333333333333333333h', 1_200_000_000_000n],
    ['0.9999999999999999999999s', 1_000_000_000n],
    ['9223372036854775807ns', 9_223_372_036_854_775_807n],
    ['-9223372036854775808ns', -9_223_372_036_854_775_808n],
    ['2562047h47m', 9_223_372_020_000_000_000n],
  ];
  for (const [text, ns] of cases) expect(parseGoDuration(text), text).toBe(ns);
});

test('any other text is refused in the words of Go', () => {
  const cases: [string, string][] = [
    ['', 'invalid duration ""'],
    ['-', 'invalid duration "-"'],
    ['.s', 'invalid duration ".s"'],
    ['s', 'invalid duration "s"'],
    ['abc', 'invalid duration "abc"'],
    ['5', 'missing unit in duration "5"'],
    ['1.5.5s', 'missing unit in duration "1.5.5s"'],
    ['1d', 'unknown unit "d" in duration "1d"'],
    ['1S', 'unknown unit "S" in duration "1S"'],
    ['5 s', 'unknown unit " s" in duration "5 s"'],
    ['1s-', 'unknown unit "s-" in duration "1s-"'],
    ['1"é\n', String.raw`unknown unit "\"\xc3\xa9\x0a" in duration "1\"\xc3\xa9\x0a"`],
    ['9999999999h', 'invalid duration "9999999999h"'],
    ['9223372036854775808ns', 'invalid duration "9223372036854775808ns"'],
    ['99999999999999999999s', 'invalid duration "99999999999999999999s"'],
  ];
  for (const [text, why] of cases) expect(() => parseGoDuration(text), text).toThrow(`time: ${why}`);
});

test('no text is a crash', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[-+]?(\d{0,25}(\.\d{0,25})?[nuµmsh]{0,2}){0,4}$/));
  fc.assert(
    fc.property(text, (duration) => {
      try {
        expect(parseGoDuration(duration)).toBeTypeOf('bigint');
      } catch (error) {
        expect(error).toMatchObject({ code: 'parameters_invalid' });
      }
    }),
  );
});
