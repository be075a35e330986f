import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunnerEvent } from '../../../../../cli/runner/events/runner-log.ts';
import { type ActionResults, type Collecting, collect } from '../../../../../cli/runner/results/collect.ts';
import { type InFlight, listInFlight, writeInFlight } from '../../../../../cli/runner/results/in-flight.ts';
import { MigError } from '../../../../../contract/errors.ts';

const ACTION = { id: 7, name: 'mig-runner: daily', expireafter: '2026-12-01T06:05:00Z', status: 'completed' };
const COMMANDS = [{ id: 1 }, { id: 2, results: ['ä', '\u2028'] }];
let jobFolder: string;
let inFlight: InFlight;
beforeEach(() => {
  jobFolder = mkdtempSync(join(tmpdir(), 'mig-runner-collect-'));
  inFlight = writeInFlight(jobFolder, { record: ACTION, id: 7, job: 'daily', plugin: 'keep' });
});
afterEach(() => rmSync(jobFolder, { recursive: true }));

const resultsFile = () => join(jobFolder, 'results', '20261201', '7.json');

function complete(commands: unknown[] = COMMANDS): ActionResults {
  return {
    record: ACTION,
    isEnded: true,
    async *commands() {
      yield* commands;
    },
  };
}

function rig(loads: (ActionResults | Error)[], overrides: Partial<Collecting> = {}) {
  const events: RunnerEvent[] = [];
  const delivered: string[] = [];
  const stop = new AbortController();
  const collecting: Collecting = {
    awaitEnd: async () => true,
    withFetchPermit: (work) => work(),
    async load() {
      const answer = loads.shift();
      if (answer instanceof Error || answer === undefined) throw answer ?? new Error('asked once too often');
      return answer;
    },
    async deliver(_, file) {
      delivered.push(readFileSync(file, 'utf8'));
      return true;
    },
    log: (event) => events.push(event),
    now: () => Date.parse('2026-12-01T06:05:00Z'),
    sleep: async () => !stop.signal.aborted,
    signal: stop.signal,
    ...overrides,
  };
  return { collecting, events, delivered, stop, run: () => collect(collecting, inFlight) };
}

test("stores MIG's RunnerResult, delivers the same bytes, and only then removes the file in flight", async () => {
  const { run, delivered } = rig([complete()], {
    async deliver(one, file) {
      expect(existsSync(one.file)).toBe(true);
      delivered.push(readFileSync(file, 'utf8'));
      return true;
    },
  });
  await run();
  const expected = { action: ACTION, commands: COMMANDS, name: 'daily', plugin: 'keep' };
  expect(delivered.map((text) => JSON.parse(text))).toEqual([expected]);
  expect(Object.keys(JSON.parse(delivered[0] ?? ''))).toEqual(['action', 'commands', 'name', 'plugin']);
  expect(readFileSync(resultsFile(), 'utf8')).toBe(delivered[0]);
  expect(existsSync(inFlight.file)).toBe(false);
});

describe('results are fetched again until they are stored', () => {
  const broken: ActionResults = {
    ...complete(),
    async *commands() {
      yield COMMANDS[0];
      throw new MigError('unavailable', 'the connection broke');
    },
  };

  test('when the API is unreachable, the action has not ended, or the connection breaks half-way', async () => {
    const { run, events, delivered } = rig([
      new MigError('unavailable', 'the API is down'),
      new MigError('not_found', 'no such action'),
      { ...complete(), isEnded: false },
      broken,
      complete(),
    ]);
    await run();
    const retries = events.filter(({ event }) => event === 'results-retried').map(({ message }) => message);
    expect(retries).toHaveLength(4);
    expect(retries[2]).toContain('the platform has not ended the action yet: again in 4 s');
    expect(JSON.parse(delivered[0] ?? '').commands).toEqual(COMMANDS);
    expect(readdirSync(join(jobFolder, 'results', '20261201'))).toEqual(['7.json']);
  });

  test('by the next runner, when this one stops', async () => {
    const first = rig([broken]);
    first.collecting.sleep = async () => {
      first.stop.abort();
      return false;
    };
    await first.run();
    expect({ delivered: first.delivered, waits: existsSync(inFlight.file) }).toEqual({
      delivered: [],
      waits: true,
    });
    const second = rig([complete()]);
    await second.run();
    expect(second.delivered).toHaveLength(1);
  });

  test('until somebody removes the file in flight', async () => {
    const { run, events, collecting } = rig([new MigError('not_found', 'no such action')]);
    collecting.sleep = async () => {
      rmSync(inFlight.file);
      return true;
    };
    await run();
    expect(events.at(-1)).toMatchObject({ event: 'given-up' });
  });
});

describe('after kill -9', () => {
  test('between the results and the plugin, the plugin gets the stored results', async () => {
    const first = rig([complete()], {
      deliver: async () => {
        throw new Error('killed');
      },
    });
    await expect(first.run()).rejects.toThrow('killed');
    const second = rig([]);
    await second.run();
    expect(second.delivered).toHaveLength(1);
    expect(existsSync(inFlight.file)).toBe(false);
  });

  test('while the plugin ran, it gets them again', async () => {
    const first = rig([complete()]);
    first.collecting.deliver = async () => {
      first.stop.abort();
      return false;
    };
    await first.run();
    expect(existsSync(inFlight.file)).toBe(true);
    const second = rig([]);
    await second.run();
    expect(second.delivered).toHaveLength(1);
  });

  test('in the middle of a fetch, what it left is removed', async () => {
    await rig([complete()]).run();
    inFlight = writeInFlight(jobFolder, { record: { ...ACTION, id: 8 }, id: 8, job: 'daily', plugin: '' });
    writeFileSync(join(jobFolder, 'results', '20261201', '8.json.new'), '{"action":');
    await rig([complete()], { now: () => Date.parse('2026-12-02T00:00:00Z') }).run();
    expect(readdirSync(join(jobFolder, 'results'), { recursive: true }).sort()).toEqual([
      '20261201',
      '20261201/7.json',
      '20261202',
      '20261202/8.json',
    ]);
  });
});

describe('what lies in inflight/', () => {
  test("is read as MIG's runner wrote it", () => {
    const action = {
      id: 9,
      validfrom: '2026-12-01T05:59:00Z',
      expireafter: '2026-12-01T06:10:00.5Z',
      operations: null,
    };
    writeFileSync(
      join(jobFolder, 'inflight', '9.json'),
      JSON.stringify({ action, commands: null, name: 'daily', plugin: 'x' }),
    );
    const { inFlight: found, refused } = listInFlight(jobFolder);
    expect(found.map(({ actionId, plugin }) => [actionId, plugin])).toEqual([
      [7, 'keep'],
      [9, 'x'],
    ]);
    expect(refused).toEqual([]);
  });

  test.each([
    '',
    '{',
    'null',
    '{"action": {"id": 1.5}}',
    '{"action": {"id": 1, "expireafter": "soon"}, "name": "", "plugin": ""}',
  ])('and is no RunnerResult is refused by name: %j', (text) => {
    writeFileSync(join(jobFolder, 'inflight', '9.json'), text);
    const { inFlight: found, refused } = listInFlight(jobFolder);
    expect(found).toHaveLength(1);
    expect(refused[0]?.message).toContain('inflight/9.json: ');
  });

  test('half-written by a crash is no file of its own', () => {
    writeFileSync(join(jobFolder, 'inflight', '9.json.new'), '{');
    expect(listInFlight(jobFolder)).toMatchObject({ inFlight: [{ actionId: 7 }], refused: [] });
  });
});
