import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeJson, encodeParsedJson } from '../../../../contract/go/json.ts';

/** Values that JSON.stringify writes in another way than Go, and their neighbours. */
const NUMBERS = [
  '-0',
  '-0.0',
  '-0e5',
  '-1e-400',
  '-12.5E-999',
  '0',
  '-1',
  '1e21',
  '1e-7',
  '-1.5e-3',
  '123456789.125',
];
const TEXTS = [
  '<b>&amp;</b>',
  '\u2028\u2029',
  '\ud800',
  'a\udfffb',
  '\ud83d\ude00',
  '\u0000\u0007\b\f\n\r\t\u001f',
  '2026-01-05 -0',
  '\\ud800',
  '"\\',
  '\u007f\u0080é',
  '__proto__',
  'toJSON',
  ' -0',
];

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary' }));
/** JSON text with white space between its tokens. */
const { json } = fc.letrec<{ json: string; leaf: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom(...NUMBERS, 'true', 'null'),
    text.map((one) => JSON.stringify(one)),
  ),
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('json')).map((items) => `[${items.join(' ,\n')}]`),
    fc
      .array(fc.tuple(text, tie('json')))
      .map((fields) => `{${fields.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',\t')}}`),
  ),
}));

test('a parsed value is encoded in the same way, with or without its source', () => {
  fc.assert(
    fc.property(json, (source) => {
      const value: unknown = JSON.parse(source);
      const expected = encodeJson(value);
      expect(encodeParsedJson(value, source)).toBe(expected);
      expect(encodeParsedJson(value, Buffer.from(source).toString('latin1'))).toBe(expected);
    }),
    { numRuns: 2_000 },
  );
});

test.each(NUMBERS)('the number %s is encoded as Go does at every place', (number) => {
  const value = String(Object.is(Number(number), -0) ? '-0' : Number(number));
  for (const [before, after] of [
    ['', ''],
    ['[', ']'],
    ['[0,', ']'],
    ['{"a":', '}'],
  ]) {
    const source = `${before}${number}${after}`;
    expect(encodeParsedJson(JSON.parse(source), source)).toBe(`${before}${value}${after}`);
  }
});

test('text as an HTML page would misread it, and half a surrogate pair, are escaped as Go does', () => {
  const source = '["<&>\u2028\\ud800x"]';
  expect(encodeParsedJson(JSON.parse(source), source)).toBe('["\\u003c\\u0026\\u003e\\u2028\ufffdx"]');
});
