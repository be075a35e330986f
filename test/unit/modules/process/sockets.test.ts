import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSocketCheck, passesSocket } from '../../../../modules/process/socket-check.ts';
import { parseSocketLine } from '../../../../modules/process/socket-table.ts';

const TCP4 =
  '   1: 0100007F:0CEA 0202000A:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 81234 1 0000000000000000 100 0 0 10 0';
const TCP6 =
  '   0: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0';
const V6 =
  '  10: B80D0120000000000000000001000000:0016 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 99 2 0000000000000000 0';

function passes(check: string, line: string): boolean {
  const parsed = parseSocketCheck(check);
  const socket = parseSocketLine(line);
  if (!parsed || !socket) throw new Error('not valid');
  return passesSocket(parsed, socket);
}

describe('a socket of /proc/net', () => {
  test('is read with both its ends', () => {
    expect(parseSocketLine(TCP4)).toEqual({
      inode: 81_234,
      local: { address: '7f000001', port: 3306 },
      remote: { address: '0a000202', port: 443 },
    });
  });

  test('of IPv4 within IPv6 has an IPv4 address', () => {
    expect(parseSocketLine(TCP6)).toMatchObject({
      inode: 4242,
      local: { address: '7f000001', port: 8080 },
    });
  });

  test('that no process has open is left out, and any other line', () => {
    expect(parseSocketLine(TCP4.replace('81234', '0'))).toBeUndefined();
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(parseSocketLine(line)).toBeUndefined();
      }),
    );
  });
});

describe('a check of a socket', () => {
  test.each([
    [':443', true],
    ['remote :443', true],
    ['local :443', false],
    ['remote 10.0.0.0/8:443', true],
    ['remote 10.0.0.0/8:80', false],
    ['10.0.2.2', true],
    ['10.0.2.2:3306', false],
    ['local 127.0.0.1:3000-4000', true],
    ['remote [2001:db8::/32]', false],
  ])('%s of a connection from 127.0.0.1:3306 to 10.0.2.2:443: %s', (check, expected) => {
    expect(passes(check, TCP4)).toBe(expected);
  });

  test('compares networks of IPv6', () => {
    expect(passes('local [2001:db8::/32]:22', V6)).toBe(true);
    expect(passes('local [2001:db9::/32]:22', V6)).toBe(false);
    expect(passes('local [2001:db8::1]', V6)).toBe(true);
  });

  test.each([
    '',
    ':',
    'local',
    'x :1',
    ':70000',
    ':9-8',
    '10.0.0.0/33',
    '1.2.3',
    '[::/129]',
    '[::1',
    'remote  :1',
  ])('%j is refused', (text) => {
    expect(parseSocketCheck(text)).toBeUndefined();
  });
});
