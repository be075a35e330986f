import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dueRuns, MAX_LATE_MS } from '../../../../../cli/runner/schedule/due-runs.ts';
import { parseSchedule } from '../../../../../cli/runner/schedule/parse-schedule.ts';

const at = (time: string) => Date.parse(`2026-12-01T${time}Z`);
const schedule = (text: string) => parseSchedule(text, at('00:00:00'), { timeZone: 'UTC' });
const every10 = schedule('*/10 * * * *');
const shown = (times: readonly number[]) => times.map((ms) => new Date(ms).toISOString().slice(11, 19));

test('nothing is due before the next time', () => {
  expect(dueRuns(every10, { lastMs: at('10:00:00'), nowMs: at('10:09:59') })).toEqual({
    launchMs: undefined,
    missedMs: [],
    isCut: false,
  });
});

test('a run is launched at its time, and up to a minute late', () => {
  for (const late of [0, 1, 30_000, MAX_LATE_MS]) {
    const { launchMs, missedMs } = dueRuns(every10, { lastMs: at('10:00:00'), nowMs: at('10:10:00') + late });
    expect({ launchMs, missedMs }).toEqual({ launchMs: at('10:10:00'), missedMs: [] });
  }
});

test('a run that was handled is not due again', () => {
  expect(dueRuns(every10, { lastMs: at('10:10:00'), nowMs: at('10:10:30') }).launchMs).toBeUndefined();
});

test('what was due while the runner was down is missed, and the latest is launched if it is not too late', () => {
  const down = dueRuns(every10, { lastMs: at('10:00:00'), nowMs: at('10:35:00') });
  expect(down.launchMs).toBeUndefined();
  expect(shown(down.missedMs)).toEqual(['10:10:00', '10:20:00', '10:30:00']);
  const late = dueRuns(every10, { lastMs: at('10:00:00'), nowMs: at('10:30:20') });
  expect(shown(late.missedMs)).toEqual(['10:10:00', '10:20:00']);
  expect(late.launchMs).toBe(at('10:30:00'));
});

test('the missed runs of a schedule that fires every second are cut', () => {
  const { launchMs, missedMs, isCut } = dueRuns(schedule('* * * * * * *'), {
    lastMs: at('10:00:00'),
    nowMs: at('11:00:00'),
  });
  expect({ launchMs, missed: missedMs.length, isCut }).toEqual({
    launchMs: at('11:00:00'),
    missed: 1000,
    isCut: true,
  });
});

test('a clock that was set back launches nothing again', () => {
  expect(dueRuns(every10, { lastMs: at('10:10:00'), nowMs: at('09:30:00') })).toMatchObject({
    launchMs: undefined,
    missedMs: [],
  });
});

test('however the clock advances, each time is launched or missed exactly once', () => {
  const steps = fc.array(fc.integer({ min: 0, max: 1_500_000 }), { maxLength: 20 });
  fc.assert(
    fc.property(steps, (waits) => {
      let [lastMs, nowMs] = [at('00:00:00'), at('00:00:00')];
      const seen: number[] = [];
      for (const wait of waits) {
        nowMs += wait;
        const { launchMs, missedMs } = dueRuns(every10, { lastMs, nowMs });
        seen.push(...missedMs, ...(launchMs === undefined ? [] : [launchMs]));
        if (launchMs !== undefined || missedMs.length > 0) lastMs = launchMs ?? nowMs;
      }
      const count = Math.floor((nowMs - at('00:00:00')) / 600_000);
      expect(seen).toEqual(
        Array.from({ length: count }, (_, index) => at('00:00:00') + (index + 1) * 600_000),
      );
    }),
  );
});
