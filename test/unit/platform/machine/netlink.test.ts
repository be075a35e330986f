import { expect, test } from 'vitest';
import { encodeNetlink, parseNetlink } from '../../../../platform/machine/netlink.ts';

const message = (type: number, payload: string) => ({
  type,
  flags: 5,
  sequence: 7,
  payload: Buffer.from(payload),
});

test('messages are parsed as they were encoded, one after the other', () => {
  const [one, other] = [message(1013, 'abcde'), message(3, '')];
  const padded = Buffer.concat([encodeNetlink(one), Buffer.alloc(3), encodeNetlink(other)]);
  expect(parseNetlink(padded)).toEqual([one, other]);
});

test('an event is the rest of its datagram, because the kernel gives its length without the header', () => {
  const event = message(1300, 'audit(1700000000.001:1): a=b');
  const bytes = encodeNetlink(event);
  bytes.writeUInt32LE(event.payload.length, 0);
  expect(parseNetlink(bytes)).toEqual([event]);
});

test('a datagram with wrong lengths is read to its end, and no further', () => {
  const bytes = encodeNetlink(message(1000, 'abcdefgh'));
  for (const length of [0, 1, 15, 17, 1_000, 0xffffffff]) {
    bytes.writeUInt32LE(length, 0);
    expect(parseNetlink(bytes).length).toBeGreaterThan(0);
  }
  for (let end = 0; end < bytes.length; end++) parseNetlink(bytes.subarray(0, end));
});
