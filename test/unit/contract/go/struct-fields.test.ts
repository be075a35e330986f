import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { goObject } from '../../../../contract/fields.ts';
import { goFieldsReader } from '../../../../contract/go/struct-fields.ts';

test('fields are matched ignoring case, unknown ones are dropped, and null counts as absent', () => {
  const read = goFieldsReader(['name', 'target']);
  const refuse = (why: string) => expect.fail(why);
  expect(read({ NAME: 'x', Junk: 1, target: null, __proto__: 1 }, refuse)).toEqual({ name: 'x' });
});

test('an object with two keys for one field is refused, even when one is null', () => {
  const Search = goObject({ paths: z.array(z.string()).nullish() });
  const key = fc.constantFrom('paths', 'PATHS', 'Paths', 'path\u017f');
  const list = fc.option(fc.array(fc.string(), { maxLength: 2 }));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(key, list), { selector: ([name]) => name, minLength: 1 }),
      (pairs) => {
        const read = Search.safeParse(Object.fromEntries(pairs));
        expect(read.success).toBe(pairs.length === 1);
        if (!read.success) expect(read.error.issues[0]?.message).toMatch(/'paths' appears twice/);
      },
    ),
  );
});
