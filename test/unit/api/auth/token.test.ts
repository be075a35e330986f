import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkTokenTime, parseToken } from '../../../../api/auth/token.ts';
import { MigError } from '../../../../contract/errors.ts';

const NOW = Date.UTC(2026, 5, 1);
const WINDOW = 600_000;

const isAccepted = (text: string) => {
  try {
    checkTokenTime(parseToken(text), { nowMs: NOW, windowMs: WINDOW });
    return true;
  } catch (error) {
    if (error instanceof MigError && error.code === 'unauthorized') return false;
    throw error;
  }
};
const tokenAt = (time: string) => `1;${time};7;c2ln`;
const pad = (n: number, width: number) => String(n).padStart(width, '0');

test('a token is accepted exactly while its time is within the window around now', () => {
  const instant = fc.integer({ min: NOW - 3 * WINDOW, max: NOW + 3 * WINDOW });
  fc.assert(
    fc.property(instant, (ms) => {
      expect(isAccepted(tokenAt(new Date(ms).toISOString()))).toBe(Math.abs(ms - NOW) <= WINDOW);
    }),
  );
});

test('a token with an impossible time is refused', () => {
  const digits = fc.tuple(
    fc.integer({ min: 0, max: 9999 }),
    ...Array.from({ length: 5 }, () => fc.integer({ min: 0, max: 99 })),
  );
  const exists = (time: string) => {
    const date = new Date(time);
    return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === time.slice(0, 19);
  };
  fc.assert(
    fc.property(digits, ([year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0]) => {
      const time = `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${pad(hour, 2)}:${pad(minute, 2)}:${pad(second, 2)}Z`;
      fc.pre(!exists(time));
      expect(isAccepted(tokenAt(time))).toBe(false);
    }),
    { examples: [[[9999, 99, 99, 99, 99, 99]], [[2026, 2, 30, 0, 0, 0]], [[2026, 6, 1, 24, 0, 0]]] },
  );
});

test('any text is either a token or refused as unauthorized', () => {
  const part = fc.oneof(fc.constantFrom('1', '2026-06-01T00:00:00Z', '', 'c2ln'), fc.string());
  fc.assert(
    fc.property(fc.array(part, { maxLength: 6 }), (parts) => {
      const text = parts.join(';');
      if (!isAccepted(text)) return;
      const [version, time, , signature, ...rest] = text.split(';');
      expect({ version, rest }).toEqual({ version: '1', rest: [] });
      expect(signature).not.toBe('');
      expect(Date.parse(time ?? '')).toBe(NOW);
    }),
    { examples: [[['1', '2026-06-01T00:00:00Z', '7', 'c2ln']]] },
  );
});

test('as in MIG, fractions are read, while an offset and a token of more than 8 KiB are refused', () => {
  expect(isAccepted(tokenAt('2026-06-01T00:00:00.123456789Z'))).toBe(true);
  expect(isAccepted(tokenAt('2026-06-01T00:00:00+00:00'))).toBe(false);
  expect(isAccepted(`${tokenAt('2026-06-01T00:00:00Z')}${'A'.repeat(8192)}`)).toBe(false);
});
