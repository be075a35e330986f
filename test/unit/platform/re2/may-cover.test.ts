import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCoverTest } from '../../../../platform/re2/may-cover.ts';

const LONG = 20_000;

test.each(['needle', 'a{1,1000}b?', '\\*\\+', '[*+]x'])('%s has no match of 16,384 characters', (source) => {
  expect(createCoverTest(source)).toBeUndefined();
});

test.each(['.{1000}'.repeat(70), '(?:.{30}){30}'.repeat(20), 'x'.repeat(17_000)])(
  'a pattern with a long match from counted repeats alone may cover any text',
  (source) => {
    expect(createCoverTest(source)?.('x')).toBe(true);
  },
);

test.each([
  ['a.*b', 'x', true],
  ['^[0-9a-f]+$', 'f', true],
  ['^[0-9a-f]+$', 'g', false],
  ['x[a-z]*y', 'm', true],
  ['x[a-z]*y', '\0', false],
  ['password *= *hunter', '\0', false],
  ['password *= *hunter', ' ', true],
  ['\\w+@', 'é', false],
  ['\\w{3,}@', 'w', true],
  ['\\p{Han}+x', '日', true],
  ['(?i)x+', 'X', true],
  ['[]a]*', ']', true],
  ['[^\\]]+', 'a', true],
  ['(ab|cd)*', '\0', true],
  ['\\Qab\\E*', '\0', true],
  [`${'a*'.repeat(9)}b{90}`, 'b', false],
  [`${'a*b{900}'.repeat(9)}`, 'b', true],
])('%s may cover a text of many %j: %s', (source, char, expected) => {
  expect(createCoverTest(source)?.(char.repeat(LONG))).toBe(expected);
});

test('a text from the middle of a long match is always recognised', () => {
  const atom = fc.constantFrom('a', 'b', '[ab]', '[^c]', '\\d', '.', 'x{2}', '\\.', ' ');
  const sample: Record<string, string> = {
    a: 'a',
    b: 'b',
    '[ab]': 'b',
    '[^c]': 'z',
    '\\d': '7',
    '.': '~',
    'x{2}': 'xx',
    '\\.': '.',
    ' ': ' ',
  };
  const part = fc.record({ atom, repeat: fc.constantFrom('', '*', '+', '{3,}') });
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), fc.nat(), (all, seed) => {
      const parts = all.map((one) => (one.atom === 'x{2}' ? { ...one, repeat: '' } : one));
      const source = parts.map((one) => one.atom + one.repeat).join('');
      const unbounded = parts.filter(({ repeat }) => repeat !== '');
      const tester = createCoverTest(source);
      if (unbounded.length === 0) {
        expect(tester).toBeUndefined();
        return;
      }
      // One repeat makes the match long, and the text is the match without its ends.
      const chosen = unbounded[seed % unbounded.length];
      const match = parts
        .map((one) => (sample[one.atom] ?? '').repeat(one === chosen ? LONG : one.repeat === '' ? 1 : 50))
        .join('');
      expect(tester?.(match.slice(400, -400))).toBe(true);
    }),
  );
});
