import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ntpRequest, parseNtpAnswer } from '../../../../modules/timedrift/ntp-packet.ts';

/** An answer as a server sends it. */
function answer({ seconds = 3_900_000_000, fraction = 2 ** 31, first = 0x24, stratum = 2 } = {}): Buffer {
  const packet = Buffer.alloc(48);
  packet[0] = first;
  packet[1] = stratum;
  packet.writeUInt32BE(seconds, 40);
  packet.writeUInt32BE(fraction, 44);
  return packet;
}

test('a request has 48 bytes, of which only the first is not zero', () => {
  expect(ntpRequest().toString('hex')).toBe(`1b${'0'.repeat(94)}`);
});

test('the time of an answer is its transmit time', () => {
  const ns = BigInt(Date.UTC(2026, 0, 2, 3, 4, 5)) * 1_000_000n;
  const seconds = Number(ns / 1_000_000_000n) + 2_208_988_800;
  expect(parseNtpAnswer(answer({ seconds }))).toBe(ns + 500_000_000n);
  expect(parseNtpAnswer(answer({ seconds, fraction: 1 }))).toBe(ns);
  expect(parseNtpAnswer(answer({ seconds, fraction: 2 ** 32 - 1 }))).toBe(ns + 999_999_999n);
});

test('after 2036 the seconds begin again', () => {
  expect(parseNtpAnswer(answer({ seconds: 1 })) / 1_000_000_000n).toBe(
    BigInt(Date.UTC(2036, 1, 7, 6, 28, 17) / 1000),
  );
});

test('what is no answer with a time is refused', () => {
  expect(() => parseNtpAnswer(Buffer.alloc(0))).toThrow('0 bytes is too short');
  expect(() => parseNtpAnswer(answer().subarray(0, 47))).toThrow('47 bytes is too short');
  expect(() => parseNtpAnswer(answer({ first: 0x1b }))).toThrow('not that of a server');
  expect(() => parseNtpAnswer(answer({ seconds: 0 }))).toThrow('no time');
  expect(() => parseNtpAnswer(answer({ fraction: 0 }))).toThrow('no time');
  const refusal = answer({ stratum: 0 });
  refusal.write('RATE', 12);
  expect(() => parseNtpAnswer(refusal)).toThrow('the server refuses: "RATE"');
});

test('no bytes are a crash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      try {
        expect(parseNtpAnswer(Buffer.from(bytes))).toBeTypeOf('bigint');
      } catch (error) {
        expect(error).toBeInstanceOf(Error);
        expect(error).not.toBeInstanceOf(RangeError);
      }
    }),
  );
});
