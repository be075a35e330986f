import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { RunnerEvent } from '../../../../../cli/runner/events/runner-log.ts';
import { type Job, loadJob } from '../../../../../cli/runner/jobs/load-job.ts';
import { readHandledMs } from '../../../../../cli/runner/jobs/run-record.ts';
import { type Intent, readIntents, writeIntent } from '../../../../../cli/runner/launch/intents.ts';
import { type Launching, launchRun, settleLaunch } from '../../../../../cli/runner/launch/launch-run.ts';
import { removeInFlight } from '../../../../../cli/runner/results/in-flight.ts';
import type { ActionView } from '../../../../../contract/api-responses.ts';
import { MigError } from '../../../../../contract/errors.ts';
import { generateSigningKey } from '../../../../../platform/openpgp/generate.ts';
import { createSigner, type Signer } from '../../../../../platform/openpgp/sign.ts';

const SCHEDULED = Date.parse('2026-12-01T06:00:00Z');
const KEY = '00000000-0000-4000-8000-000000000000';
let signer: Signer;
let jobFolder: string;
let job: Job;
let posts: { key: string; action: string }[];
let events: RunnerEvent[];

beforeAll(async () => {
  const key = await generateSigningKey('runner', 'runner@example.net');
  signer = await createSigner(Buffer.from(key.privateKey), { fingerprint: key.fingerprint });
});
beforeEach(() => {
  jobFolder = mkdtempSync(join(tmpdir(), 'mig-runner-launch-'));
  writeFileSync(join(jobFolder, 'entity.cfg'), '[configuration]\nschedule = "@daily"\n');
  writeAction();
  job = loadJob({ name: 'daily', folder: jobFolder }, { pluginsFolder: '', nowMs: Date.now() });
  posts = [];
  events = [];
});
afterEach(() => rmSync(jobFolder, { recursive: true }));

function writeAction(operation = {}): void {
  const parameters = { localip: ['127.0.0.1'] };
  const action = { name: 'x', target: 'true', operations: [{ module: 'netstat', parameters, ...operation }] };
  writeFileSync(join(jobFolder, 'action.json'), JSON.stringify(action));
}

function launching(overrides: Partial<Launching> = {}): Launching {
  return {
    signer,
    log: (event) => events.push(event),
    now: Date.now,
    sleep: async () => true,
    signal: new AbortController().signal,
    async post({ key, action }) {
      posts.push({ key, action });
      return posted(action);
    },
    find: async () => undefined,
    ...overrides,
  };
}

function posted(text: string): ActionView {
  return { ...JSON.parse(text), id: 7 };
}

const launch = (overrides: Partial<Launching> = {}) =>
  launchRun(launching(overrides), job, { key: KEY, scheduledMs: SCHEDULED });
const filesOf = (name: string) =>
  existsSync(join(jobFolder, name)) ? readdirSync(join(jobFolder, name)) : [];
const state = () => ({
  launching: filesOf('launching'),
  inflight: filesOf('inflight'),
  handledMs: readHandledMs(jobFolder, '@daily'),
});

test('signs, posts and remembers the action, under the name of its job', async () => {
  expect(await launch()).toMatchObject({ isLaunched: true, inFlight: { actionId: 7, job: 'daily' } });
  expect(JSON.parse(posts[0]?.action ?? '')).toMatchObject({ name: 'mig-runner: daily', target: 'true' });
  expect(state()).toEqual({ launching: [], inflight: ['7.json'], handledMs: SCHEDULED });
  const stored = JSON.parse(readFileSync(join(jobFolder, 'inflight', '7.json'), 'utf8'));
  expect(stored).toMatchObject({ action: { id: 7 }, commands: null, name: 'daily', plugin: '' });
});

test('compresses the parameters where the action asks for it', async () => {
  writeAction({ want_compressed: true });
  await launch();
  expect(JSON.parse(posts[0]?.action ?? '').operations[0]).toMatchObject({
    is_compressed: true,
    want_compressed: true,
    parameters: expect.stringMatching(/^H4sI/),
  });
});

test('leaves the results of a job with sendonly to others', async () => {
  job = { ...job, isSendOnly: true };
  expect(await launch()).toEqual({ isLaunched: true, inFlight: undefined });
  expect(state()).toMatchObject({ launching: [], inflight: [] });
});

describe('a failed launch is reported, and its time is not launched again', () => {
  test('when the action became unreadable', async () => {
    writeFileSync(join(jobFolder, 'action.json'), '{');
    expect(await launch()).toMatchObject({ isLaunched: false });
    expect(state()).toEqual({ launching: [], inflight: [], handledMs: SCHEDULED });
    expect(events).toMatchObject([
      { event: 'launch-failed', level: 'error', message: expect.stringContaining('action.json') },
    ]);
  });

  test('when the key cannot sign', async () => {
    const broken = { ...signer, sign: async () => Promise.reject(new Error('no agent for the key')) };
    expect(await launch({ signer: broken })).toMatchObject({ isLaunched: false });
    expect(events[0]?.message).toBe('launch failed: no agent for the key');
  });

  test('when the API refuses it', async () => {
    const post = async () => Promise.reject(new MigError('target_syntax', 'no such column'));
    expect(await launch({ post })).toMatchObject({ isLaunched: false });
    expect(state()).toEqual({ launching: [], inflight: [], handledMs: SCHEDULED });
  });

  test('when the disk takes no record of it, and nothing is posted', async () => {
    mkdirSync(join(jobFolder, 'last-run.json.new'));
    expect(await launch()).toMatchObject({ isLaunched: false });
    expect({ posts, launching: filesOf('launching') }).toEqual({ posts: [], launching: [] });
  });
});

describe('after kill -9', () => {
  /** What a runner leaves that is killed while it posts. */
  async function killedWhilePosting(isPosted: boolean): Promise<Intent> {
    const kill = new AbortController();
    const killed = launching({
      async post({ key, action }) {
        if (isPosted) posts.push({ key, action });
        kill.abort();
        throw new Error('killed');
      },
      signal: kill.signal,
    });
    await launchRun(killed, job, { key: KEY, scheduledMs: SCHEDULED });
    const [intent] = readIntents(jobFolder).intents;
    if (!intent) throw new Error('the intent is not on the disk');
    return intent;
  }
  const resume = (intent: Intent, overrides: Partial<Launching> = {}) =>
    settleLaunch(launching(overrides), { jobFolder, intent, isRepeated: true });

  test.each([true, false])(
    'the same bytes are posted with the same key (posted before: %s)',
    async (isPosted) => {
      const intent = await killedWhilePosting(isPosted);
      expect(state()).toEqual({ launching: [`${KEY}.json`], inflight: [], handledMs: SCHEDULED });
      expect(await resume(intent)).toMatchObject({ isLaunched: true, inFlight: { actionId: 7 } });
      expect(posts.at(-1)).toEqual({ key: KEY, action: intent.action });
      expect(state()).toMatchObject({ launching: [], inflight: ['7.json'] });
    },
  );

  test('an action whose results were stored already is not awaited again', async () => {
    const intent = await killedWhilePosting(true);
    const { inFlight } = await resume(intent);
    if (!inFlight) throw new Error('nothing is in flight');
    mkdirSync(join(jobFolder, 'results', '20261201'), { recursive: true });
    writeFileSync(join(jobFolder, 'results', '20261201', '7.json'), '{}');
    removeInFlight(inFlight);
    writeIntent(jobFolder, intent);
    expect(await resume(intent)).toEqual({ isLaunched: true, inFlight: undefined });
    expect(state()).toMatchObject({ launching: [], inflight: [] });
  });

  test('an intent stays when its answer cannot be written', async () => {
    const intent = await killedWhilePosting(true);
    writeFileSync(join(jobFolder, 'inflight'), 'no folder');
    await expect(resume(intent)).rejects.toThrow();
    expect(filesOf('launching')).toEqual([`${KEY}.json`]);
  });

  test('garbage among the intents is refused by name', async () => {
    await killedWhilePosting(true);
    for (const [index, text] of ['', '{', '{"key": "x"}'].entries())
      writeFileSync(join(jobFolder, 'launching', `${index}.json`), text);
    const { intents, refused } = readIntents(jobFolder);
    expect(intents).toHaveLength(1);
    expect(refused.map(({ message }) => /launching\/\d\.json: /.test(message))).toEqual([true, true, true]);
  });
});
