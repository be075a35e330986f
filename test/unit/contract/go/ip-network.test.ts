import { BlockList } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatAddress, isIPv4, parseAddress } from '../../../../contract/go/ip-address.ts';
import { createNetworkIndex, isInNetwork, parseNetwork } from '../../../../contract/go/ip-network.ts';

const near = fc.oneof(
  fc.constantFrom('00000000', 'ffffffff', '0a010203', '0a010300'),
  fc.stringMatching(/^0a[0-9a-f]{6}$/),
);
const near6 = fc.stringMatching(/^20010db8[0-9a-f]{24}$/);
const network = fc.oneof(fc.tuple(near, fc.nat(32)), fc.tuple(near6, fc.nat(128)));

test('the networks that contain an address are those that Node finds', () => {
  fc.assert(
    fc.property(fc.array(network, { maxLength: 8 }), fc.oneof(near, near6), (networks, address) => {
      const texts = networks.map(([base, bits]) => `${formatAddress(base)}/${bits}`);
      const entries = texts.map((value) => ({
        value,
        network: parseNetwork(value) ?? { address: '', bits: -1 },
      }));
      const judge = networks.filter(([base, bits]) => {
        if (base.length !== address.length) return false; // Node finds IPv4 in networks of IPv6.
        const list = new BlockList();
        list.addSubnet(formatAddress(base), bits, isIPv4(base) ? 'ipv4' : 'ipv6');
        return list.check(formatAddress(address), isIPv4(address) ? 'ipv4' : 'ipv6');
      });
      const expected = judge.map(([base, bits]) => `${formatAddress(base)}/${bits}`);
      expect(createNetworkIndex(entries).find(address).sort()).toEqual([...expected].sort());
      const containing = entries.filter((entry) => isInNetwork(address, entry.network));
      expect(containing.map(({ value }) => value)).toEqual(expected);
    }),
  );
});

test('a plain address is a network of one, whichever way it is written', () => {
  const values = ['::1', '0:0:0:0:0:0:0:1', '127.0.0.1', '::ffff:127.0.0.1'];
  const index = createNetworkIndex(
    values.map((value) => ({ value, network: parseNetwork(value) ?? { address: '', bits: -1 } })),
  );
  expect(index.find(parseAddress('::1') as string)).toEqual(['::1', '0:0:0:0:0:0:0:1']);
  expect(index.find(parseAddress('127.0.0.1') as string)).toEqual(['127.0.0.1', '::ffff:127.0.0.1']);
});

test('a mapped network counts the bits of IPv6, and no IPv6 network contains a mapped address', () => {
  expect(parseNetwork('::ffff:10.0.0.0/104')).toEqual({ address: '0a000000', bits: 8 });
  const index = createNetworkIndex([
    { value: 'all', network: parseNetwork('::/0') ?? { address: '', bits: -1 } },
  ]);
  expect(index.find(parseAddress('::ffff:10.0.0.1') as string)).toEqual([]);
});

test('what is no network is refused', () => {
  for (const text of [
    '',
    '/8',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '010.0.0.0/8',
    '::/129',
    'x/8',
    '::1%lo/128',
    '::ffff:10.0.0.0/129',
    '10.0.0.0/1e1',
  ]) {
    expect(parseNetwork(text), text).toBeUndefined();
  }
});
