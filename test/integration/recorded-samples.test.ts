import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { waitFor } from '../../dev/wait-for.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';
import { EXCEPTIONS, type Exception } from '../setup/recorded/exceptions.ts';
import type { Difference } from '../setup/recorded/find-differences.ts';
import {
  type RecordedAnswer,
  type Recording,
  readRequests,
  readSession,
  SAMPLES,
} from '../setup/recorded/recording.ts';
import { type RecordedRecords, recordsOf } from '../setup/recorded/records-of.ts';
import { refresh } from '../setup/recorded/refresh.ts';
import { replay } from '../setup/recorded/replay.ts';
import { storeRecords } from '../setup/recorded/store-records.ts';

/** The exceptions that were needed. */
const used = new Set<Exception>();
/** Every difference, as the file of differences lists it. */
const listed: string[] = [];
/** What our API has answered to each recording. */
const answered = new Map<string, RecordedAnswer>();

/** It lists actions that other requests have created. */
const LAST = 'api-auth-apikey-good.json';
const requests = readRequests();
const named = (recordings: readonly Recording[]) => recordings.map((one) => [one.name, one] as const);

describe('a client from start to end', () => {
  const session = readSession();
  let platform: Platform;
  beforeAll(async () => {
    const { investigator } = recordsOfAll(requests);
    const { agent } = recordsOfAll(session);
    platform = await openRecorded({ action: [], agent, command: [], investigator });
  });
  afterAll(() => platform?.[Symbol.asyncDispose]());

  test.each(named(session))('%s: our API answers as MIG’s', async (_, recording) => {
    await storeRecords(platform.pool, recordsOf(recording.answer));
    await expectSame(recording, platform);
  });
});

describe('single requests', () => {
  let platform: Platform;
  beforeAll(async () => {
    platform = await openRecorded(recordsOfAll(requests.filter(({ name }) => name !== LAST)));
  });
  afterAll(() => platform?.[Symbol.asyncDispose]());

  test.each(named(requests))('%s: our API answers as MIG’s', async (_, recording) => {
    if (recording.name === LAST) await storeRecords(platform.pool, recordsOf(recording.answer));
    await expectSame(recording, platform);
  });
});

test('each exception is still needed, and each difference is a known one', async () => {
  const unused = EXCEPTIONS.filter((exception) => !used.has(exception));
  expect(unused.map(({ because }) => because)).toEqual([]);
  await expect(`${listed.join('\n')}\n`).toMatchFileSnapshot('../fixtures/sample-differences.txt');
});

/** Opens a platform whose database has these records. */
async function openRecorded(records: RecordedRecords): Promise<Platform> {
  const platform = await openPlatform({ worker: false });
  const { pool, people } = platform;
  // The recorded investigators have the ids 1 to 3. Ours, whose private keys are known, come after all others.
  await pool.query('UPDATE investigators SET id = id + 1000');
  await storeRecords(pool, records);
  await pool.query(`SELECT setval('investigators_id_seq', 3)`);
  await pool.query('UPDATE investigators SET permissions = 0 WHERE pgpfingerprint = $1', [
    people.john.fingerprint,
  ]);
  return platform;
}

function recordsOfAll(recordings: readonly Recording[]): RecordedRecords {
  const all = recordings.map(({ answer }) => recordsOf(answer));
  // The key of the second investigator is in no answer.
  const publickey = readFileSync(join(SAMPLES, '../vectors/investigator2.pub.asc')).toString('base64');
  return {
    action: all.flatMap(({ action }) => action),
    agent: all.flatMap(({ agent }) => agent),
    command: all.flatMap(({ command }) => command),
    investigator: all
      .flatMap(({ investigator }) => investigator)
      .map((one) => (one.id === 3 ? { ...one, publickey } : one)),
  };
}

/** Counters are up to two seconds old: a request is repeated until the answer is the recorded one. */
async function expectSame(recording: Recording, platform: Platform): Promise<void> {
  let differences: Difference[] = [];
  const isSame = async () => {
    const replayed = await replay(platform, await refresh(recording, platform, answered));
    answered.set(recording.name, replayed.ours);
    differences = replayed.differences;
    return recording.method !== 'GET' || differences.every((one) => exceptionOf(recording.name, one));
  };
  await waitFor(recording.name, isSame, { timeoutMs: 5_000, everyMs: 500 }).catch(() => {});
  const unexplained = differences.filter((one) => !exceptionOf(recording.name, one));
  expect(unexplained).toEqual([]);
  for (const difference of differences) listDifference(recording.name, difference);
}

function listDifference(name: string, difference: Difference): void {
  const exception = exceptionOf(name, difference);
  if (exception === undefined) return;
  used.add(exception);
  const { at, theirs, ours } = difference;
  listed.push(`${name}: ${at}${exception.isOfEachRun ? '' : `: ${short(theirs)} is ${short(ours)}`}`);
}

function exceptionOf(name: string, { at }: Difference): Exception | undefined {
  return EXCEPTIONS.find((one) => one.samples.test(name) && one.at.test(at));
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}
