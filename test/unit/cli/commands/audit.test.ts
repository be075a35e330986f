import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseAuditFlags } from '../../../../cli/commands/audit.ts';
import { MigError } from '../../../../contract/errors.ts';

const NOW = Date.parse('2026-05-06T07:08:09Z');

test('flags become parameters of the API, and a duration counts back from now', () => {
  expect(
    parseAuditFlags(['-since', '1h30m', '--kind', 'cancel', '-object', '7', '-limit', '5'], NOW),
  ).toMatchObject({
    query: { after: '2026-05-06T05:38:09Z', kind: 'cancel', objectid: '7' },
    limit: 5,
  });
});

test('a flag that is given twice is refused by name, even with equal values', () => {
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

test('an unknown kind is refused with the list of kinds', () => {
  expect(() => parseAuditFlags(['-kind', 'logn'], NOW)).toThrow('-kind must be one of login, permission, ');
});

test('any command line is understood, or refused as wrong usage', () => {
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
