import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  DAYS,
  type Day,
  openingInWords,
  problemOfWindow,
  type TimeWindow,
  windowsAt,
} from '../../../../../contract/rules/brakes/windows.ts';

const ALL_DAYS: readonly Day[] = DAYS;
const NIGHTS: TimeWindow = {
  days: ['mon', 'tue', 'wed', 'thu', 'fri'],
  from: '22:00',
  to: '05:00',
  timezone: 'Europe/Berlin',
};
const at = (text: string) => Date.parse(text);
const changeAfter = (windows: readonly TimeWindow[], text: string) => {
  const { isOpen, changesAtMs } = windowsAt(windows, at(text));
  return [isOpen, changesAtMs === undefined ? undefined : new Date(changesAtMs).toISOString()];
};

describe('a window of nights', () => {
  test('opens and closes by the clock of its time zone', () => {
    // A Monday in winter.
    expect(changeAfter([NIGHTS], '2026-11-30T20:59:59Z')).toEqual([false, '2026-11-30T21:00:00.000Z']);
    expect(changeAfter([NIGHTS], '2026-11-30T21:00:00Z')).toEqual([true, '2026-12-01T04:00:00.000Z']);
    // A Monday in summer.
    expect(changeAfter([NIGHTS], '2026-06-29T20:00:00Z')).toEqual([true, '2026-06-30T03:00:00.000Z']);
  });

  test('that opened on Friday ends on Saturday morning, and the next opens on Monday', () => {
    expect(changeAfter([NIGHTS], '2026-12-05T03:59:00Z')).toEqual([true, '2026-12-05T04:00:00.000Z']);
    expect(changeAfter([NIGHTS], '2026-12-05T04:00:00Z')).toEqual([false, '2026-12-07T21:00:00.000Z']);
  });
});

describe('the change of the clock', () => {
  const spring = { days: ['sun'] as Day[], from: '02:30', to: '03:30', timezone: 'Europe/Berlin' };

  test('a time that the clock skips opens the window when the clock has been changed', () => {
    expect(changeAfter([spring], '2026-03-29T00:59:00Z')).toEqual([false, '2026-03-29T01:00:00.000Z']);
    expect(changeAfter([spring], '2026-03-29T01:00:00Z')).toEqual([true, '2026-03-29T01:30:00.000Z']);
  });

  test('a window within the hour that is skipped opens a week later', () => {
    const skipped = { ...spring, from: '02:10', to: '02:20' };
    expect(changeAfter([skipped], '2026-03-28T12:00:00Z')).toEqual([false, '2026-04-05T00:10:00.000Z']);
  });

  test('an hour that the clock shows twice is open twice', () => {
    const twice = { ...spring, from: '02:00', to: '02:30' };
    expect(changeAfter([twice], '2026-10-24T12:00:00Z')).toEqual([false, '2026-10-25T00:00:00.000Z']);
    expect(changeAfter([twice], '2026-10-25T00:10:00Z')).toEqual([true, '2026-10-25T00:30:00.000Z']);
    expect(changeAfter([twice], '2026-10-25T00:40:00Z')).toEqual([false, '2026-10-25T01:00:00.000Z']);
  });
});

/** Zones with changes at other times, by half an hour, and none. */
const ZONES = [
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/St_Johns',
  'UTC',
];
const timeOfDay = fc
  .integer({ min: 0, max: 1439 })
  .map(
    (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
  );
const anyWindow = fc
  .record({
    days: fc.uniqueArray(fc.constantFrom(...ALL_DAYS), { minLength: 1, maxLength: 7 }),
    from: timeOfDay,
    to: fc.oneof(timeOfDay, fc.constant('24:00')),
    timezone: fc.constantFrom(...ZONES),
  })
  .filter((window) => problemOfWindow(window) === undefined);
/** Around changes of clocks, and anywhere in two years. */
const anyTime = fc
  .oneof(
    fc
      .constantFrom('2026-03-08', '2026-03-29', '2026-04-05', '2026-10-04', '2026-10-25', '2026-11-01')
      .chain((day) => fc.integer({ min: -2880, max: 2880 }).map((minutes) => at(day) + minutes * 60_000)),
    fc.integer({ min: 0, max: 2 * 366 * 1440 }).map((minutes) => at('2026-01-01') + minutes * 60_000),
  )
  .chain((ms) => fc.integer({ min: 0, max: 59_999 }).map((rest) => ms + rest));

/** Another way to the same answer: what the formatted clock shows. */
function isOpenByText({ days, from, to, timezone }: TimeWindow, ms: number): boolean {
  const text = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(ms);
  const [, day = '', time = ''] = /^(\w{3}),? (\d\d:\d\d)$/.exec(text) ?? [];
  const today = ALL_DAYS.indexOf(day.toLowerCase() as Day);
  expect(today).toBeGreaterThanOrEqual(0);
  const opens = (place: number) => days.includes(ALL_DAYS[(place + 7) % 7] as Day);
  if (from < to) return opens(today) && time >= from && time < to;
  return (opens(today) && time >= from) || (opens(today - 1) && time < to);
}

test('windows are open when a clock on the wall says so, in any zone, around any change of the clock', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 3 }), anyTime, (windows, nowMs) => {
      const expected = windows.some((window) => isOpenByText(window, nowMs));
      expect(windowsAt(windows, nowMs).isOpen).toBe(expected);
    }),
    { numRuns: 300 },
  );
});

test('nothing changes before the time that is named, and everything does then', () => {
  fc.assert(
    fc.property(fc.array(anyWindow, { minLength: 1, maxLength: 3 }), anyTime, (windows, nowMs) => {
      const { isOpen, changesAtMs } = windowsAt(windows, nowMs);
      const endMs = changesAtMs ?? nowMs + 8 * 24 * 3600_000;
      const stepMs = Math.max(60_000, Math.floor((endMs - nowMs) / 40 / 60_000) * 60_000);
      for (let ms = nowMs; ms < endMs; ms += stepMs) {
        expect(windows.some((window) => isOpenByText(window, ms))).toBe(isOpen);
      }
      if (changesAtMs === undefined) return;
      expect(windows.some((window) => isOpenByText(window, changesAtMs - 1))).toBe(isOpen);
      expect(windows.some((window) => isOpenByText(window, changesAtMs))).toBe(!isOpen);
    }),
    { numRuns: 200 },
  );
});

test('windows that leave no gap never close', () => {
  const always = { days: ALL_DAYS, from: '00:00', to: '24:00', timezone: 'Europe/Berlin' };
  expect(windowsAt([always], at('2026-03-29T00:30:00Z'))).toEqual({ isOpen: true, changesAtMs: undefined });
});

describe('what is no window', () => {
  const window = { from: '22:00', to: '05:00', timezone: 'UTC' };

  test('one without length', () => {
    expect(problemOfWindow({ ...window, to: '22:00' })?.field).toBe('to');
    expect(problemOfWindow({ ...window, from: '00:00', to: '24:00' })).toBeUndefined();
  });

  test.each(['Europe/Nowhere', '+02:00', '', 'Europe/Berlin\n', '../etc', 'CEST!'])(
    'one in the zone %j',
    (timezone) => {
      expect(problemOfWindow({ ...window, timezone })?.field).toBe('timezone');
    },
  );
});

test('people read when a window opens by its own clock', () => {
  const opensAtMs = at('2026-11-30T21:00:00Z');
  expect(openingInWords([NIGHTS], opensAtMs)).toBe('Mon 2026-11-30 22:00 Europe/Berlin');
  const inUtc = { ...NIGHTS, timezone: 'UTC', from: '08:00', to: '09:00' };
  expect(openingInWords([inUtc, NIGHTS], opensAtMs)).toBe('Mon 2026-11-30 22:00 Europe/Berlin');
});
