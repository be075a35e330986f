import { expect, test } from 'vitest';
import type { Job } from '../../../../../cli/runner/jobs/load-job.ts';
import { parseSchedule } from '../../../../../cli/runner/schedule/parse-schedule.ts';
import { createTimetable } from '../../../../../cli/runner/service/timetable.ts';

const at = (time: string) => Date.parse(`2026-12-01T${time}Z`);
const job = (name: string, schedule: string): Job => ({
  name,
  folder: `/runners/${name}`,
  schedule: parseSchedule(schedule, at('00:00:00'), { timeZone: 'UTC' }),
  plugin: '',
  pluginTimeoutMs: 1000,
  expiry: '5m',
  isSendOnly: false,
});
const launched = (due: { job: Job; launchMs: number | undefined }[]) =>
  due.map(({ job: { name }, launchMs }) => [name, launchMs]);

test('each job is due at its times, once', () => {
  const timetable = createTimetable();
  expect(timetable.nextMs()).toBeUndefined();
  timetable.put(job('tens', '*/10 * * * *'), at('10:00:00'));
  timetable.put(job('hours', '0 * * * *'), at('10:00:00'));
  expect(timetable.nextMs()).toBe(at('10:10:00'));
  expect(timetable.takeDue(at('10:09:59'))).toEqual([]);
  expect(launched(timetable.takeDue(at('10:10:00')))).toEqual([['tens', at('10:10:00')]]);
  expect(timetable.takeDue(at('10:10:01'))).toEqual([]);
  expect(timetable.nextMs()).toBe(at('10:20:00'));
});

test('runs that were missed are reported once', () => {
  const timetable = createTimetable();
  timetable.put(job('tens', '*/10 * * * *'), at('10:00:00'));
  const [missed] = timetable.takeDue(at('10:25:00'));
  expect(missed).toMatchObject({
    launchMs: undefined,
    missedMs: [at('10:10:00'), at('10:20:00')],
    handledMs: at('10:25:00'),
  });
  expect(timetable.takeDue(at('10:25:00'))).toEqual([]);
});

test('a job that was removed is not due, and a changed one has its new times', () => {
  const timetable = createTimetable();
  timetable.put(job('tens', '*/10 * * * *'), at('10:00:00'));
  timetable.put(job('tens', '*/15 * * * *'), at('10:00:00'));
  expect(timetable.nextMs()).toBe(at('10:15:00'));
  expect(timetable.find('tens')?.schedule.text).toBe('*/15 * * * *');
  timetable.remove('tens');
  expect(timetable.takeDue(at('11:00:00'))).toEqual([]);
});
