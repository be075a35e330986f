import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineOfJsonError } from '../../../../../cli/runner/jobs/json-line.ts';

test.each([
  ['{"a": 1}', undefined],
  ['{"a": 1,\n "b": }', 2],
  ['{\n"a": 12\n"b": 3}', 3],
  ['{"a": [\n1,\n2,\n', 3],
  ['[1,\n2,\n3]\n]', 4],
  ['{"a":\n\n"x\n', 3],
  ['{\n\n"a": wrong\n}', 3],
])('%j stops being JSON in line %j', (text, line) => {
  expect(lineOfJsonError(text)).toBe(line);
});

test('a strange character is found in its line', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(200), (value, index) => {
      const lines = JSON.stringify([value, 1], undefined, 1).split('\n');
      const line = index % lines.length;
      const wrong = lines.with(line, `${'\u0001'}${lines[line]}`).join('\n');
      expect(lineOfJsonError(wrong)).toBe(line + 1);
    }),
  );
});
