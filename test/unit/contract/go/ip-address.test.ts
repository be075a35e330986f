import { isIP, SocketAddress } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, isIPv4, parseAddress } from '../../../../contract/go/ip-address.ts';

const group = fc.oneof(
  fc.constantFrom('0', '0', '00', '1', 'ffff', 'FF', '12345', 'g'),
  fc.stringMatching(/^[0-9a-f]{1,4}$/),
);
const like = fc.oneof(
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc
    .tuple(fc.array(group, { maxLength: 8 }), fc.array(group, { maxLength: 8 }))
    .map(([a, b]) => `${a.join(':')}::${b.join(':')}`),
  fc
    .tuple(fc.constantFrom('::', '::ffff:', '64:ff9b::', '1:2:3:4:5:6:', '1:2:3:4:5:6:7:'), fc.ipV4())
    .map((parts) => parts.join('')),
  fc.array(group, { maxLength: 9 }).map((groups) => groups.join(':')),
  fc.string(),
);

test('the addresses that Node takes are addresses, and no other text is', () => {
  fc.assert(
    fc.property(like, (text) => {
      fc.pre(!text.includes('%'));
      // Go demands that two colons stand for a group, where the C library accepts none.
      fc.pre(!/^(?:[^:]+:){7}:$|^:(?::[^:]+){7}$|^(?=.*::)(?:[^:]*:){8}/.test(text));
      expect(parseAddress(text) !== undefined).toBe(isIP(text) !== 0);
    }),
    { numRuns: 5000 },
  );
});

test('an address is printed as the system prints it', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const address = parseAddress(text) as string;
      fc.pre(!isIPv4(address) && !address.startsWith('0'.repeat(20)));
      expect(formatAddress(address)).toBe(new SocketAddress({ address: text, family: 'ipv6' }).address);
    }),
  );
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      expect(formatAddress(parseAddress(text) as string)).toBe(text);
    }),
  );
});

test('a mapped IPv4 address is an IPv4 address', () => {
  expect(formatAddress(parseAddress('::ffff:192.0.2.1') as string)).toBe('192.0.2.1');
  expect(formatAddress(parseAddress('::FFFF:c000:201') as string)).toBe('192.0.2.1');
});

test('every address that is printed is read again as the same one', () => {
  const digits = fc.oneof(
    fc.stringMatching(/^[0-9a-f]{8}$/),
    fc.stringMatching(/^[0-9a-f]{32}$/),
    fc.stringMatching(/^(0000|[0-9a-f]{4}){8}$/),
  );
  fc.assert(
    fc.property(digits, (address) => {
      fc.pre(!address.startsWith('00000000000000000000ffff'));
      expect(parseAddress(formatAddress(address))).toBe(address);
    }),
  );
});

test.each([
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::a:b', '20010db80000000000000000000a000b'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:10.1.2.3', '0a010203'],
  ['64:ff9b::10.1.2.3', '0064ff9b00000000000000000a010203'],
  ['1::', '00010000000000000000000000000000'],
])('%s has the digits %s', (text, digits) => {
  expect(parseAddress(text)).toBe(digits);
});
