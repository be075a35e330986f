import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseOwnKeys, parseSecretKeys } from '../../../../platform/openpgp/gpg-listing.ts';

const PRIMARY = 'DDCF4FADB4E3F8EA13E005AD591A03BF7AFCEA0A';
/** As written by GnuPG 2.2 and 2.4: field 15 is `+`, `#`, or the serial number of a smartcard. */
const listing = (primary: string, subkey: string) =>
  [
    `sec:u:2048:1:591A03BF7AFCEA0A:1795915446:::u:::scSC:::${primary}:::23::0:`,
    `fpr:::::::::${PRIMARY}:`,
    'grp:::::::::CC08D75F9F415519FDD80A0D1A31573402F370A1:',
    'uid:u::::1795915446::5DA7::A \\x3a colon <a@x>::::::::::0:',
    `ssb:u:2048:1:72992CCE16E16239:1795915449::::::s:::${subkey}:::23:`,
    'fpr:::::::::BE88FD72511AB9B43A82C06772992CCE16E16239:',
    '',
  ].join('\n');

test.each([
  ['both here', '+', '+', ['591A03BF7AFCEA0A', '72992CCE16E16239']],
  ['an offline primary key', '#', '+', ['72992CCE16E16239']],
  [
    'an offline primary key, the subkey on a smartcard',
    '#',
    'D2760001240102010006095548670000',
    ['72992CCE16E16239'],
  ],
  ['the primary key on a smartcard', 'D2760001240102010006095548670000', '#', ['591A03BF7AFCEA0A']],
  ['neither', '#', '#', []],
])('the usable secrets are found: %s', (_, primary, subkey, usable) => {
  expect(parseSecretKeys(listing(primary, subkey))).toEqual({ primary: PRIMARY, usable: new Set(usable) });
});

test('a listing of several keys or none is refused', () => {
  for (const text of ['', listing('+', '+') + listing('+', '+')])
    expect(() => parseSecretKeys(text)).toThrow('expected one secret key');
});

test('every primary key is listed with its first name, and no subkey', () => {
  const other = `sec:u:255:22:0:1:::u:::scSC:::+:::ed25519:::0:\nfpr:::::::::${'B'.repeat(40)}:\n`;
  expect(parseOwnKeys(`${listing('+', '+')}${other}`)).toEqual([
    { fingerprint: PRIMARY, userId: 'A \\x3a colon <a@x>', problem: undefined },
    { fingerprint: 'B'.repeat(40), userId: '', problem: undefined },
  ]);
  expect(parseOwnKeys('')).toEqual([]);
});

/** A listing of one key: the validity, capabilities and token of the primary key, and of each subkey. */
const keyOf = (...records: readonly (readonly [string, string, string])[]) =>
  records
    .map(([validity, capabilities, token], index) => {
      const type = index === 0 ? 'sec' : 'ssb';
      const fields = `${type}:${validity}:255:22:${index}:1:::u:::${capabilities}:::${token}:::23::0:`;
      return `${fields}\nfpr:::::::::${String(index).repeat(40)}:\n`;
    })
    .join('');
const problemOf = (...records: readonly (readonly [string, string, string])[]) =>
  parseOwnKeys(keyOf(...records)).map(({ problem }) => problem);

test.each([
  ['e', 'is expired'],
  ['r', 'is revoked'],
  ['i', 'is invalid'],
])('a primary key with the validity %s cannot sign, nor can its subkeys', (validity, problem) => {
  expect(problemOf([validity, 'sc', '+'], ['u', 's', '+'])).toEqual([problem]);
});

test('a key whose primary secret is elsewhere can sign with a subkey that can', () => {
  const stub = ['u', 'scESC', '#'] as const;
  expect(problemOf(stub)).toEqual(['has its secret elsewhere']);
  expect(problemOf(stub, ['u', 'e', '+'])).toEqual(['has its secret elsewhere']);
  expect(problemOf(stub, ['u', 's', '#'])).toEqual(['has its secret elsewhere']);
  expect(problemOf(stub, ['e', 's', '+'])).toEqual(['has a key for signing that is expired']);
  expect(problemOf(stub, ['r', 's', '+'], ['u', 's', '+'])).toEqual([undefined]);
  expect(problemOf(stub, ['u', 's', 'D2760001240102010006095548670000'])).toEqual([undefined]);
});

test('a key that only certifies and encrypts cannot sign', () => {
  expect(problemOf(['u', 'cESC', '+'], ['u', 'e', '+'])).toEqual(['has no key that signs']);
});

test('of a usable key and others, each has its own verdict, whatever their order', () => {
  const kinds = fc.constantFrom(
    { text: keyOf(['u', 'sc', '+']), problem: undefined },
    { text: keyOf(['e', 'sc', '+']), problem: 'is expired' },
    { text: keyOf(['u', 'sc', '#']), problem: 'has its secret elsewhere' },
    { text: keyOf(['u', 'c', '#'], ['u', 's', '+']), problem: undefined },
  );
  fc.assert(
    fc.property(fc.array(kinds), (keys) => {
      const parsed = parseOwnKeys(keys.map(({ text }) => text).join(''));
      expect(parsed.map(({ problem }) => problem)).toEqual(keys.map(({ problem }) => problem));
    }),
  );
});
