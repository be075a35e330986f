import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { goFieldsReader, parseStrictJson } from '../../../../contract/rules/strict-json.ts';

const codeOf = (text: string): string | undefined => {
  try {
    parseStrictJson(text);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('JSON from outside', () => {
  test('is refused when one object has a key twice, whatever the case or the escapes', () => {
    expect(codeOf('{"a":1,"a":2}')).toBe('json_duplicate_key');
    expect(codeOf('{"a":1,"A":2}')).toBe('json_duplicate_key');
    expect(codeOf('{"a":1,"\\u0061":2}')).toBe('json_duplicate_key');
    expect(codeOf('{"k":1,"\\u212a":2}')).toBe('json_duplicate_key');
    expect(codeOf('{"x":{"s":1,"ſ":2}}')).toBe('json_duplicate_key');
  });

  test('may have the same key in different objects, and in strings', () => {
    expect(codeOf('[{"a":1},{"a":{"a":"a\\":"}}]')).toBeUndefined();
    expect(codeOf('{"a":"{\\"a\\":1,\\"a\\":2}"}')).toBeUndefined();
  });

  test('is refused when numbers overflow or nesting is deep', () => {
    for (const number of [
      '1e400',
      '-1.5E+309',
      '9'.repeat(310),
      `${'1'.repeat(290)}e99`,
      `1${'0'.repeat(308)}9.5`,
    ]) {
      expect(codeOf(`{"a":[1,${number}]}`), number).toBe('json_invalid');
    }
    expect(codeOf('['.repeat(65))).toBe('json_too_deep');
  });

  test('is refused when an object has more than 65,536 keys, at any depth', () => {
    const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"${i}":0`).join(',')}}`;
    expect(codeOf(`[${object(65_536)},${object(65_536)}]`)).toBeUndefined();
    expect(codeOf(object(65_537))).toBe('json_invalid');
    expect(codeOf(`[[{"a":${object(65_537)}}]]`)).toBe('json_invalid');
  });

  test('is otherwise read exactly as JSON.parse reads it', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        if (codeOf(text) === undefined) expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });
});

test('fields are matched ignoring case, unknown ones dropped, null counts as absent', () => {
  expect(goFieldsReader(['name', 'target'])({ NAME: 'x', Junk: 1, target: null, __proto__: 1 })).toEqual({
    name: 'x',
  });
});
