import fc from 'fast-check';
import { expect, test } from 'vitest';
import { requireOrder, unsignedTimes } from '../../../../cli/sweep/sign-ahead.ts';

const MINUTE_MS = 60_000;
const NOW_MS = Date.parse('2027-01-01T00:00:00Z');
const UNTIL_MS = Date.parse('2027-04-01T00:00:00Z');
const MINUTES = (UNTIL_MS - NOW_MS) / MINUTE_MS;
const SPAN = { fromMs: NOW_MS, untilMs: UNTIL_MS };

const toTime = (ms: number) => new Date(ms).toISOString().replace('.000Z', 'Z');
const planned = fc
  .uniqueArray(fc.integer({ min: 1, max: MINUTES }), { minLength: 2, maxLength: 20 })
  .map((minutes) => minutes.sort((one, other) => one - other).map((one) => NOW_MS + one * MINUTE_MS));

test('whole minutes in order until the given time are signed', () => {
  fc.assert(fc.property(planned, (times) => requireOrder(times.map(toTime), SPAN)));
});

test('a time that the first and the last would hide is refused, wherever the API puts it', () => {
  const otherYear = fc.constantFrom(
    '1999-01-01T00:00:00Z',
    '2026-12-31T23:59:00Z',
    '2027-04-01T00:01:00Z',
    '2099-01-01T00:00:00Z',
  );
  fc.assert(
    fc.property(planned, otherYear, fc.nat(), (times, hidden, at) => {
      const given = times.map(toTime);
      given.splice(at % (given.length + 1), 0, hidden);
      expect(() => requireOrder(given, SPAN)).toThrow(`nothing was signed: the API sent ${hidden}`);
    }),
  );
});

test('a time that is given twice, or has seconds, is refused', () => {
  fc.assert(
    fc.property(planned, fc.constantFrom(0, 1000, 59_000), (times, more) => {
      const [first = 0, ...rest] = times;
      const given = [first, first + more, ...rest].map(toTime);
      expect(() => requireOrder(given, SPAN)).toThrow('nothing was signed');
    }),
  );
});

test('times of the API that are no times, or not in order, are never signed', async () => {
  const soon = toTime(Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS + MINUTE_MS);
  const until = toTime(Math.ceil(Date.now() / MINUTE_MS) * MINUTE_MS + 86_400_000);
  const ask = (times: unknown) => {
    const api = { call: async () => ({ times: { planned: times, signed: [] } }) } as unknown as Parameters<
      typeof unsignedTimes
    >[0];
    return unsignedTimes(api, 1, until);
  };
  expect(await ask([soon])).toEqual([soon]);
  for (const bad of [[soon, '2099-01-01T00:00:00Z', until], ['soon'], [`${soon}; x`]]) {
    await expect(ask(bad)).rejects.toMatchObject({ code: 'unavailable' });
  }
});
