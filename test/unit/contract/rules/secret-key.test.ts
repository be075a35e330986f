import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseApiKey, parseLoaderKey } from '../../../../contract/rules/secret-key.ts';

const keyOf = (length: number) => fc.stringMatching(new RegExp(`^[A-Za-z0-9]{${length}}$`));

test('a key of letters and digits of the right length has a prefix and a secret', () => {
  fc.assert(
    fc.property(keyOf(32), keyOf(8), (secret, prefix) => {
      expect(parseApiKey(secret)).toEqual({ prefix: secret.slice(0, 8), secret });
      expect(parseLoaderKey(prefix + secret)).toEqual({ prefix, secret });
    }),
  );
});

test('any other text is no key', () => {
  const other = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 60 }),
    keyOf(31),
    keyOf(33),
    keyOf(39),
    keyOf(41),
    keyOf(32).map((key) => `${key}\n`),
    keyOf(31).map((key) => `${key}é`),
  );
  fc.assert(
    fc.property(other, (text) => {
      fc.pre(!/^([A-Za-z0-9]{32}|[A-Za-z0-9]{40})$/.test(text) || text.endsWith('\n'));
      expect([parseApiKey(text), parseLoaderKey(text)]).toEqual([undefined, undefined]);
    }),
  );
});
