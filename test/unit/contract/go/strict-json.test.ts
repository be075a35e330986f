import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAction } from '../../../../contract/action.ts';
import { parseStrictData, parseStrictJson } from '../../../../contract/go/strict-json.ts';
import { signedText } from '../../../../contract/rules/signed-text.ts';

const codeOf = (text: string): string | undefined => {
  try {
    parseStrictJson(text);
    return undefined;
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

describe('JSON from outside', () => {
  test('is refused when one object has a key twice, even with another case or other escapes', () => {
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

describe('names that are data', () => {
  const label = fc.constantFrom(
    'S1',
    's1',
    'K',
    'k',
    '\u212a',
    'ſ',
    's',
    'parameters',
    'Parameters',
    'ß',
    '',
  );
  const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom(0, null, '{"a":1,"A":2}', true),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(label, tie('any'), { maxKeys: 5, noNullPrototype: true }),
    ),
  })).any;
  const field = fc.constantFrom('parameters', 'Parameters', 'elements', 'STATISTICS', 'tags', 'tag\u017f');

  test('may differ by case only, at any depth of such an object, and nowhere else', () => {
    fc.assert(
      fc.property(field, value, fc.boolean(), (name, data, isInList) => {
        const text = JSON.stringify(data);
        const inside = `{${JSON.stringify(name)}:${text},"next":{"a":1}}`;
        const whole = isInList ? `[${inside},{"b":2}]` : inside;
        expect(parseStrictJson(whole)).toEqual(JSON.parse(whole));
        expect(parseStrictData(text)).toEqual(data);
        expect(codeOf(whole.replace('{"a":1}', '{"a":1,"A":2}'))).toBe('json_duplicate_key');
        if (isInList) expect(codeOf(whole.replace('{"b":2}', '{"b":2,"B":2}'))).toBe('json_duplicate_key');
        expect(codeOf(whole.replace('"next":{', '"NEXT":0,"next":{'))).toBe('json_duplicate_key');
      }),
    );
  });

  test('are refused when they are equal', () => {
    for (const pair of ['"a":1,"a":2', '"a":1,"\\u0061":2', '"\\ud800":1,"\\ud801":2']) {
      expect(codeOf(`{"parameters":{"x":[{${pair}}]}}`), pair).toBe('json_duplicate_key');
    }
  });

  test('that differ by case only are both part of the action and its signed text', () => {
    const operations =
      '[{"module":"file","parameters":{"searches":{"s1":{"paths":["/a"]},"S1":{"paths":["/b"]}}}}]';
    const action = parseAction(`{"name":"x","target":"true","operations":${operations}}`);
    expect(signedText(action)).toContain('{"searches":{"S1":{"paths":["/b"]},"s1":{"paths":["/a"]}}}');
  });
});
