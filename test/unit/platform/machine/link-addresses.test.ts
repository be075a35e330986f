import { expect, test } from 'vitest';
import { parseLinkAddresses } from '../../../../platform/machine/link-addresses.ts';

const NAME = 3;
const ADDRESS = 1;

function attribute(type: number, value: Buffer): Buffer {
  const bytes = Buffer.alloc((4 + value.length + 3) & ~3);
  bytes.writeUInt16LE(4 + value.length, 0);
  bytes.writeUInt16LE(type, 2);
  value.copy(bytes, 4);
  return bytes;
}

const link = (...attributes: Buffer[]) => ({
  type: 16,
  flags: 2,
  sequence: 1,
  payload: Buffer.concat([Buffer.alloc(16), ...attributes]),
});
const done = { type: 3, flags: 2, sequence: 1, payload: Buffer.alloc(4) };
const name = attribute(NAME, Buffer.from('eth0\0'));
const mac = attribute(ADDRESS, Buffer.from('02fc00000001', 'hex'));

test('the hardware address of each interface is found among its attributes', () => {
  const without = link(attribute(NAME, Buffer.from('tun0\0')));
  expect(parseLinkAddresses([link(name, mac), without, done])).toEqual(['02:fc:00:00:00:01', '']);
});

test('a dump without any interface is no answer', () => {
  expect(parseLinkAddresses([done])).toBeUndefined();
});

test('attributes with wrong lengths are read to the end of their message, and no further', () => {
  const { payload } = link(name, mac);
  for (const length of [0, 1, 3, 5, 1_000, 0xffff]) {
    const damaged = Buffer.from(payload);
    damaged.writeUInt16LE(length, 16);
    expect(parseLinkAddresses([{ ...done, type: 16, payload: damaged }])).toHaveLength(1);
  }
  for (let end = 0; end < payload.length; end++) {
    expect(parseLinkAddresses([{ ...done, type: 16, payload: payload.subarray(0, end) }])).toHaveLength(1);
  }
});
