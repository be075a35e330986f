import fc from 'fast-check';
import { expect, test } from 'vitest';
import { echoRequest, isReplyTo } from '../../../../modules/ping/echo-packet.ts';

const PAYLOAD = Buffer.from('Ping!Ping!Ping!Ping!Ping!Ping!Ping!Ping!Ping!');
const IP_HEADER = Buffer.from(`45${'00'.repeat(19)}`, 'hex');
const REPLY_TYPES = { four: 0, six: 129 };

function replyTo(echo: { isIPv6: boolean; id: number; sequence: number }): Buffer {
  const reply = echoRequest(echo);
  reply[0] = echo.isIPv6 ? REPLY_TYPES.six : REPLY_TYPES.four;
  return reply;
}

test('a request of IPv4 has its type, id, sequence, payload and a checksum that adds up', () => {
  const packet = echoRequest({ isIPv6: false, id: 0x1234, sequence: 2 });
  expect(packet.subarray(0, 2).toString('hex')).toBe('0800');
  expect(packet.subarray(4, 8).toString('hex')).toBe('12340002');
  expect(packet.subarray(8)).toEqual(PAYLOAD);
  const padded = Buffer.concat([packet, Buffer.alloc(packet.length % 2)]);
  let sum = 0;
  for (let offset = 0; offset < padded.length; offset += 2) sum += padded.readUInt16BE(offset);
  expect((sum & 0xffff) + (sum >>> 16)).toBe(0xffff);
});

test('a request of IPv6 leaves its checksum to the kernel', () => {
  const packet = echoRequest({ isIPv6: true, id: 1, sequence: 2 });
  expect(packet.subarray(0, 8).toString('hex')).toBe('8000000000010002');
});

test('a reply counts with and without its IP header', () => {
  const echo = { isIPv6: false, id: 7, sequence: 1 };
  expect(isReplyTo(replyTo(echo), echo)).toBe(true);
  expect(isReplyTo(Buffer.concat([IP_HEADER, replyTo(echo)]), echo)).toBe(true);
  expect(isReplyTo(replyTo({ ...echo, isIPv6: true }), { ...echo, isIPv6: true })).toBe(true);
});

test('the request itself, other replies and other messages do not count', () => {
  for (const isIPv6 of [false, true]) {
    const echo = { isIPv6, id: 7, sequence: 1 };
    const unreachable = replyTo(echo);
    unreachable[0] = isIPv6 ? 1 : 3;
    expect(isReplyTo(echoRequest(echo), echo)).toBe(false);
    expect(isReplyTo(unreachable, echo)).toBe(false);
    expect(isReplyTo(replyTo(echo), { ...echo, id: 8 })).toBe(false);
    expect(isReplyTo(replyTo(echo), { ...echo, sequence: 2 })).toBe(false);
    expect(isReplyTo(replyTo(echo).subarray(0, 20), echo)).toBe(false);
  }
});

test('without an id, the id of a reply is not compared', () => {
  const echo = { isIPv6: false, id: 7, sequence: 1 };
  expect(isReplyTo(replyTo(echo), { isIPv6: false, sequence: 1 })).toBe(true);
});

test('no bytes are a crash, and random ones are no reply', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), fc.boolean(), (bytes, isIPv6) => {
      expect(isReplyTo(Buffer.from(bytes), { isIPv6, id: 7, sequence: 1 })).toBe(false);
    }),
  );
});
