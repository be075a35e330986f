import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAuditFlags } from '../../../../cli/commands/audit.ts';
import { MigError } from '../../../../contract/errors.ts';
import { printable } from '../../../../contract/text/printable.ts';

const NOW = Date.parse('2026-05-06T07:08:09Z');

test('flags become the parameters of the API, and a duration goes back from now', () => {
  expect(
    parseAuditFlags(['-since', '1h30m', '--kind', 'cancel', '-object', '7', '-limit', '5'], NOW),
  ).toEqual({
    query: { after: '2026-05-06T05:38:09Z', kind: 'cancel', objectid: '7' },
    limit: 5,
  });
});

test('a flag that is given twice is refused by name, whether its values differ or not', () => {
  for (const [name, one, other] of [
    ['since', '24h', '48h'],
    ['before', '1h', '1h'],
    ['kind', 'login', 'action'],
    ['actor', 'a', 'b'],
    ['object', '7', '8'],
    ['limit', '1', '2'],
  ])
    expect(() => parseAuditFlags([`-${name}`, `${one}`, `--${name}=${other}`], NOW)).toThrow(
      `-${name} is given twice`,
    );
});

test('a kind that there is none of is refused with those that there are', () => {
  expect(() => parseAuditFlags(['-kind', 'logn'], NOW)).toThrow('-kind must be one of login, permission, ');
});

test('whatever is typed is understood, or refused as wrong usage', () => {
  const word = fc.oneof(
    fc.constantFrom(
      '-since',
      '-before',
      '-kind',
      '-actor',
      '-object',
      '-limit',
      '24h',
      '9e9h',
      '-1',
      '0',
      '',
    ),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.stringMatching(/^\d{1,30}(h|m|s|ms)$/),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (args) => {
      try {
        const { query, limit } = parseAuditFlags(args, NOW);
        expect(Number.isSafeInteger(limit) && limit > 0).toBe(true);
        if (query.after !== undefined) expect(Date.parse(query.after)).not.toBeNaN();
        if (args.includes('-kind')) expect(Object.keys(query).length).toBeGreaterThan(0);
      } catch (error) {
        expect(error instanceof MigError && error.code).toBe('usage');
      }
    }),
    { numRuns: 500 },
  );
});

test('text for a terminal has nothing that a terminal obeys or hides, and plain text stays as it is', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(printable(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: 500 },
  );
  fc.assert(fc.property(fc.stringMatching(/^[ -~äß中]*$/), (text) => printable(text) === text));
});
