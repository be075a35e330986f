import fc from 'fast-check';
import type { Context } from 'hono';
import { expect, test } from 'vitest';
import { clientAddress, networkOf } from '../../../../api/limits/client-address.ts';

const behindProxy = (header: string) =>
  clientAddress({ clientIp: 'x-forwarded-for:0' }, { req: { header: () => header } } as unknown as Context);

test.each([
  ['203.0.113.5', '203.0.113.5'],
  ['198.51.100.9, ::ffff:203.0.113.5', '203.0.113.5'],
  ['::FFFF:203.0.113.5', '203.0.113.5'],
  ['2001:db8::1', '2001:db8::1'],
  ['unknown', '0.0.0.0'],
  ['::ffff:unknown', '0.0.0.0'],
])('X-Forwarded-For: %s has the client address %s', (header, address) => {
  expect(behindProxy(header)).toBe(address);
});

test('two IPv4 addresses are two networks, even written as IPv6', () => {
  expect(networkOf(behindProxy('::ffff:203.0.113.5'))).not.toBe(
    networkOf(behindProxy('::ffff:198.51.100.9')),
  );
});

test('the addresses of one IPv6 /64 are one network, each IPv4 address is its own', () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.ipV4(), (v6, v4) => {
      expect(networkOf(v6).split(':')).toHaveLength(4);
      expect(networkOf(v4)).toBe(v4);
    }),
  );
  expect(networkOf('2001:db8:0:1::5')).toBe(networkOf('2001:db8:0:1:ffff::'));
  expect(networkOf('2001:db8:0:1::5')).not.toBe(networkOf('2001:db8:0:2::5'));
});
