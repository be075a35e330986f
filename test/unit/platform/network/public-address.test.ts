import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseNetwork } from '../../../../contract/go/ip-network.ts';
import {
  isAddressIn,
  isLoopbackAddress,
  isPublicAddress,
} from '../../../../platform/network/public-address.ts';
import { defined } from '../../../setup/defined.ts';

/** Node's own implementation of networks is the judge. */
const PRIVATE_IPV4 = blockList([
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);

function blockList(networks: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits] of networks) list.addSubnet(address, bits);
  return list;
}

/** Addresses anywhere, and more often near the edges of special networks. */
const ipv4 = fc.oneof(
  fc.ipV4(),
  fc
    .tuple(
      fc.constantFrom(10, 100, 127, 168, 169, 172, 192, 198, 203, 224),
      fc.nat(255),
      fc.nat(255),
      fc.nat(255),
    )
    .map((octets) => octets.join('.')),
);
const hexOf = (address: string) =>
  address
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('')
    .replace(/(....)(....)/, '$1:$2');

test('an IPv4 address is public exactly when it is in no special network', () => {
  fc.assert(
    fc.property(ipv4, (address) => {
      expect(isPublicAddress(address)).toBe(!PRIVATE_IPV4.check(address));
    }),
    { numRuns: 1_000 },
  );
});

test('an IPv4 address within IPv6 is what it is alone: mapped, and behind NAT64', () => {
  fc.assert(
    fc.property(ipv4, (address) => {
      for (const prefix of ['::ffff:', '64:ff9b::']) {
        expect(isPublicAddress(`${prefix}${hexOf(address)}`)).toBe(isPublicAddress(address));
        expect(isPublicAddress(`${prefix}${address}`)).toBe(isPublicAddress(address));
      }
      for (const prefix of ['::', '::ffff:0:', '64:ff9b:1::', `2002:${hexOf(address)}::`]) {
        expect(isPublicAddress(prefix.endsWith('::') ? `${prefix}1` : `${prefix}${hexOf(address)}`)).toBe(
          false,
        );
      }
    }),
  );
});

test('an address of IPv6 is public exactly when it is in the global part, and in no special network of it', () => {
  const special = new BlockList();
  special.addSubnet('2001::', 23, 'ipv6');
  special.addSubnet('2001:db8::', 32, 'ipv6');
  special.addSubnet('2002::', 16, 'ipv6');
  special.addSubnet('3fff::', 20, 'ipv6');
  const group = fc.nat(0xffff).map((value) => value.toString(16));
  const first = fc.oneof(
    group,
    fc.constantFrom('2001', '2002', '2003', '3fff', '3ffe', '1fff', '4000', 'fe80'),
  );
  const second = fc.oneof(group, fc.constantFrom('0', '1ff', '200', 'db8', 'fff', '1000'));
  const rest = fc.array(group, { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(first, second, rest, (a, b, others) => {
      const address = [a, b, ...others].join(':');
      const isGlobal = /^[23]...$/.test(a.padStart(4, '0'));
      expect(isPublicAddress(address)).toBe(isGlobal && !special.check(address, 'ipv6'));
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  'fe80::1',
  'fe80::1%eth0',
  'fc00::1',
  'fd00:ec2::254',
  'ff02::1',
  '::',
  '::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:a00:1::',
  '3fff::1',
  '169.254.169.254',
  '100.100.100.200',
  '0x7f.1',
  '127.1',
  '010.0.0.1',
  'example.net',
  '',
])('%s is not public', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['93.184.215.14', '2606:4700::1111', '2a00:1450:4001::1', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test('loopback and allowed networks are known in each notation', () => {
  expect(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'].every(isLoopbackAddress)).toBe(true);
  expect(['128.0.0.1', '::2', 'localhost'].some(isLoopbackAddress)).toBe(false);
  const allowed = [defined(parseNetwork('10.1.0.0/16'))];
  expect(isAddressIn('::ffff:10.1.2.3', allowed)).toBe(true);
  expect(isAddressIn('10.2.0.1', allowed)).toBe(false);
});
