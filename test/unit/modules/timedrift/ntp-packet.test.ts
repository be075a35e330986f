import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ntpRequest, parseNtpAnswer as parse } from '../../../../modules/timedrift/ntp-packet.ts';

const NONCE = Buffer.from('0123456789abcdef', 'hex');

const parseNtpAnswer = (datagram: Buffer) => parse(datagram, NONCE);

/** An answer as a server sends it. */
function answer({ seconds = 3_900_000_000, fraction = 2 ** 31, first = 0x24, stratum = 2 } = {}): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = first;
  packet[1] = stratum;
  NONCE.copy(packet, 24);
  packet.writeUInt32BE(seconds, 40);
  packet.writeUInt32BE(fraction, 44);
  return packet;
}

test('a request has 48 bytes, of which only the first and the transmit time are not zero', () => {
  expect(ntpRequest(NONCE).toString('hex')).toBe(`1b${'0'.repeat(78)}0123456789abcdef`);
});

test('the time of an answer is its transmit time', () => {
  const ns = BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n;
  const seconds = Number(ns / 1_000_000_000n) + 2_208_988_800;
  expect(parseNtpAnswer(answer({ seconds }))).toBe(ns + 500_000_000n);
  expect(parseNtpAnswer(answer({ seconds, fraction: 1 }))).toBe(ns);
  expect(parseNtpAnswer(answer({ seconds, fraction: 2 ** 32 - 1 }))).toBe(ns + 999_999_999n);
});

test('after 2036 the seconds begin again', () => {
  const ns = BigInt(Date.UTC(2036, 1, 7, 6, 28, 17)) * 1_000_000n;
  expect(parseNtpAnswer(answer({ seconds: 1 }))).toBe(ns + 500_000_000n);
});

test('an answer without a time is refused', () => {
  expect(() => parseNtpAnswer(answer({ seconds: 0 }))).toThrow('no time');
  expect(() => parseNtpAnswer(answer({ fraction: 0 }))).toThrow('no time');
  const refusal = answer({ stratum: 0 });
  refusal.write('RATE', 12);
  expect(() => parseNtpAnswer(refusal)).toThrow('the server refuses: "RATE"');
});

test('the time of a server that is not synchronized is refused by name', () => {
  expect(() => parseNtpAnswer(answer({ first: 0xe4 }))).toThrow('not synchronized: leap indicator 3');
  expect(() => parseNtpAnswer(answer({ stratum: 16 }))).toThrow('not synchronized: stratum 16');
  expect(() => parseNtpAnswer(answer({ stratum: 255 }))).toThrow('not synchronized: stratum 255');
  for (const leap of [0, 1, 2])
    expect(parseNtpAnswer(answer({ first: 0x24 | (leap << 6), stratum: 15 }))).toBeTypeOf('bigint');
});

test('a datagram that does not answer the request has no time', () => {
  expect(parseNtpAnswer(Buffer.alloc(0))).toBeUndefined();
  expect(parseNtpAnswer(answer().subarray(0, 47))).toBeUndefined();
  expect(parseNtpAnswer(answer({ first: 0x1b }))).toBeUndefined();
  expect(parse(answer(), Buffer.alloc(8))).toBeUndefined();
});

test('no bytes are a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.boolean(), (bytes, isAnswer) => {
      const datagram = Buffer.from(bytes);
      if (isAnswer) NONCE.copy(datagram, 24);
      try {
        expect(['bigint', 'undefined']).toContain(typeof parseNtpAnswer(datagram));
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(RangeError);
      }
    }),
  );
});
