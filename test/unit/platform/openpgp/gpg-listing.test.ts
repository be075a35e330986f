import { expect, test } from 'vitest';
import { parseSecretKeys } from '../../../../platform/openpgp/gpg-listing.ts';

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
