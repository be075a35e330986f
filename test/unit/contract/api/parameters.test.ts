import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  codeOf,
  json,
  limit,
  offset,
  recordId,
  time,
  toggle,
  wordsOf,
} from '../../../../contract/api/parameters.ts';

const accepts = (schema: z.ZodType, text: string | undefined) => schema.safeParse(text).success;

test('ids are positive whole numbers as MIG writes them, and zero is refused in its words', () => {
  const id = recordId('Action');
  expect(id.parse('12')).toBe(12);
  expect(id.parse('12.000000')).toBe(12);
  expect(id.safeParse('0').error?.issues[0]?.message).toBe("Invalid Action ID '0'");
  for (const text of ['', '-1', '1e3', 'x', '1.5', '0x10', ' 1', '99999999999999999999'])
    expect(accepts(id, text), text).toBe(false);
});

test('counts are whole numbers of any notation of Go, cut where a page would be too large', () => {
  expect(limit(100).parse(undefined)).toBe(100);
  expect(limit(100).parse('1e+06')).toBe(1_000_000);
  expect(limit(100).parse('99999999')).toBe(1_000_000);
  expect(offset.parse('1e+300')).toBe(Number.MAX_SAFE_INTEGER);
  for (const text of ['0', '-1', '1.5', 'x']) expect(accepts(limit(100), text), text).toBe(false);
});

test('no text makes a parameter throw', () => {
  const kinds = [recordId('Action'), limit(1), offset, time, toggle, wordsOf(['a', 'b'])];
  fc.assert(
    fc.property(fc.constantFrom(...kinds), fc.string(), (kind, text) => {
      kind.safeParse(text);
    }),
  );
});

test('words are each checked, and the wrong one is named', () => {
  const words = wordsOf(['pass', 'fail']);
  expect(words.parse('fail,pass')).toEqual(['fail', 'pass']);
  expect(words.safeParse('pass,flail').error?.issues[0]?.message).toBe("'flail' is none of pass, fail");
});

test('JSON keeps the code of its own fault, and names the field of a wrong value', () => {
  const schema = json(z.object({ name: z.string() }));
  expect(schema.parse('{"name":"a"}')).toEqual({ name: 'a' });
  expect(schema.safeParse('{').error?.issues.map(codeOf)).toEqual(['json_invalid']);
  expect(schema.safeParse('{"name":1}').error?.issues[0]?.message).toBe('name: must be a text, not 1');
});
