import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createApiClient } from '../../../../../cli/api/api-client.ts';
import type { RunnerEvent } from '../../../../../cli/runner/events/runner-log.ts';
import { readHandledMs, writeHandledMs } from '../../../../../cli/runner/jobs/run-record.ts';
import { writeIntent } from '../../../../../cli/runner/launch/intents.ts';
import { runService } from '../../../../../cli/runner/service/run-service.ts';

const SCHEDULE = '*/10 * * * *';
const ACTION =
  '{"target": "true", "operations": [{"module": "netstat", "parameters": {"localip": ["127.0.0.1"]}}]}';
const at = (time: string) => new Date(`2026-12-01T${time}`).getTime();
let root: string;
let jobFolder: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'mig-runner-service-'));
  jobFolder = join(root, 'runners', 'daily');
  mkdirSync(jobFolder, { recursive: true });
  writeFileSync(join(jobFolder, 'entity.cfg'), `[configuration]\nschedule = "${SCHEDULE}"\n`);
  writeFileSync(join(jobFolder, 'action.json'), ACTION);
});
afterEach(() => rmSync(root, { recursive: true }));

/** Runs the service at these times, one look at each, then stops it. Its API cannot be reached. */
async function runAt(...times: string[]): Promise<RunnerEvent[]> {
  const events: RunnerEvent[] = [];
  const stop = new AbortController();
  const signer = { publicKey: '', fingerprint: '', sign: async () => 'signature' };
  let nowMs = at(times.shift() ?? '');
  await runService({
    config: {
      folder: root,
      runnersFolder: join(root, 'runners'),
      pluginsFolder: join(root, 'plugins'),
      checkMs: 30_000,
      clientConfig: '',
      passphrase: undefined,
      delayResultsMs: 0,
      hasLogging: false,
      sweeps: undefined,
    },
    session: {
      signer,
      api: createApiClient({ url: 'http://127.0.0.1:1/', sign: signer.sign, retryMs: 0 }),
    },
    log: (event) => events.push(event),
    now: () => nowMs,
    async sleep() {
      // Lets a launch get as far as it can.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const next = times.shift();
      if (next === undefined) stop.abort();
      else nowMs = at(next);
      return !stop.signal.aborted;
    },
    signal: stop.signal,
  });
  return events;
}
const messages = (events: RunnerEvent[], kind: string) =>
  events.filter(({ event }) => event === kind).map(({ message }) => message);
const intents = () => {
  try {
    return readdirSync(join(jobFolder, 'launching'));
  } catch {
    return [];
  }
};

describe('a runner that starts', () => {
  test('misses nothing of a job that is new', async () => {
    const events = await runAt('10:05:00');
    expect(messages(events, 'missed')).toEqual([]);
    expect(messages(events, 'job-added')[0]).toMatch(
      /^job added, next run 2026-12-01 10:10:00 [+-]\d\d:\d\d$/,
    );
    expect(readHandledMs(jobFolder, SCHEDULE)).toBe(at('10:05:00'));
  });

  test('reports the runs of the time when none ran, once', async () => {
    writeHandledMs(jobFolder, { schedule: SCHEDULE, ms: at('10:00:00') });
    const events = await runAt('10:35:00');
    expect(messages(events, 'missed')[0]).toMatch(
      /^missed 3 runs: 2026-12-01 10:10:00 \S+, 2026-12-01 10:20:00 \S+, 2026-12-01 10:30:00 \S+$/,
    );
    expect(intents()).toEqual([]);
    expect(messages(await runAt('10:36:00'), 'missed')).toEqual([]);
  });

  test('launches a run that is less than a minute late', async () => {
    writeHandledMs(jobFolder, { schedule: SCHEDULE, ms: at('10:00:00') });
    expect(messages(await runAt('10:10:40'), 'missed')).toEqual([]);
    expect(intents()).toHaveLength(1);
  });

  test('says that the record of a job is ahead of the clock', async () => {
    writeHandledMs(jobFolder, { schedule: SCHEDULE, ms: at('18:00:00') });
    const events = await runAt('10:05:00', '10:10:00');
    expect(messages(events, 'record-ahead')[0]).toContain(
      'its last run is in the future, 2026-12-01 18:00:00',
    );
    expect(messages(events, 'job-added')[0]).toContain('next run 2026-12-01 18:10:00');
    expect(intents()).toEqual([]);
  });

  test('does not launch a time again of which only the intent is on the disk', async () => {
    writeHandledMs(jobFolder, { schedule: SCHEDULE, ms: at('10:00:00') });
    writeIntent(jobFolder, {
      key: '00000000-0000-4000-8000-000000000000',
      job: 'daily',
      scheduled: new Date(at('10:10:00')).toISOString(),
      plugin: '',
      sendonly: false,
      validfrom: '2026-12-01T00:00:00Z',
      expireafter: '2030-12-01T00:00:00Z',
      signature: 'signature',
      action: '{}',
    });
    await runAt('10:10:20');
    expect(intents()).toEqual(['00000000-0000-4000-8000-000000000000.json']);
  });
});

test('each time is launched once, and an unreachable API ends neither the runner nor the job', async () => {
  const events = await runAt('10:09:59', '10:10:00', '10:10:01', '10:10:30', '10:20:00');
  expect(intents()).toHaveLength(2);
  expect(messages(events, 'launch-retried').length).toBeGreaterThanOrEqual(2);
  expect(readHandledMs(jobFolder, SCHEDULE)).toBe(at('10:20:00'));
});

test('a host that slept reports what it missed', async () => {
  expect(messages(await runAt('10:05:00', '12:05:00'), 'missed')[0]).toMatch(/^missed 12 runs: .*, …$/);
});

test('a broken job stops alone, and its runs until it is repaired are missed', async () => {
  writeHandledMs(jobFolder, { schedule: SCHEDULE, ms: at('10:00:00') });
  writeFileSync(join(jobFolder, 'action.json'), '{');
  const broken = await runAt('10:05:00', '10:15:00');
  expect(messages(broken, 'job-refused')[0]).toContain('action.json');
  writeFileSync(join(jobFolder, 'action.json'), ACTION);
  expect(messages(await runAt('10:15:00'), 'missed')).toHaveLength(1);
});

test('a folder without jobs is refused', async () => {
  rmSync(join(root, 'runners'), { recursive: true });
  await expect(runAt('10:00:00')).rejects.toThrow('runners: cannot be read: there is no such file');
});
