import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet } from '../dev/simulation/fleet.ts';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed, type PostedAction, type Testbed, waitForAnswers } from '../dev/simulation/testbed.ts';
import { report } from '../dev/terminal.ts';
import { round, summary } from './measure/statistics.ts';
import { usageOfParts } from './measure/usage.ts';
import { waitForHeartbeats } from './measure/wait-for-heartbeats.ts';
import { writeResults } from './measure/write-results.ts';

const AGENTS = 10_000;
const SWEEPS = 10;
const ANSWER_BYTES = 20_000;
const STORMS = 10;
const ACTIONS = 500;
const WATCH_EVERY_MS = 50;
const SAMPLE_EVERY_MS = 500;
const RETRY_MS = 1000;

type Counts = Record<string, number>;

/** 100,000 large answers, 100,000 heartbeats, 500 actions, each at once, while a watcher reads the API. */
export async function benchFlood(): Promise<void> {
  await using testbed = await openTestbed();
  await using fleet = await openRegisteredFleet(testbed, {
    count: AGENTS,
    prefix: 'bench',
    connections: 4,
    answerBytes: ANSWER_BYTES,
  });
  const action = await testbed.sign({ name: 'watched', target: `name = 'bench-1'` });
  const { id: watchedId } = await testbed.post(action);
  await waitForAnswers(testbed, { actionId: watchedId, count: 1 });
  const results: Record<string, unknown>[] = [];
  const measure = async (what: string, work: () => Promise<Counts>) => {
    const result = { what, ...(await measureWatched(testbed, { watchedId, work })) };
    results.push(result);
    report(JSON.stringify(result));
  };
  await measure(`${SWEEPS * AGENTS} answers of ${ANSWER_BYTES / 1000} kB`, () => floodAnswers(testbed));
  await measure(`${STORMS * AGENTS} heartbeats`, () => floodHeartbeats(testbed, fleet));
  await measure(`${ACTIONS} actions`, () => floodActions(testbed));
  writeResults('flood', results);
}

async function measureWatched(
  testbed: Testbed,
  { watchedId, work }: { watchedId: number; work: () => Promise<Counts> },
): Promise<Record<string, unknown>> {
  const stop = new AbortController();
  const watching = watchAction(testbed, { actionId: watchedId, signal: stop.signal });
  const sampling = sampleMemory(testbed.home, stop.signal);
  const startedAt = performance.now();
  const counts = await work().finally(() => stop.abort());
  const seconds = round((performance.now() - startedAt) / 1000);
  return { seconds, ...counts, ...(await watching), memoryMb: await sampling };
}

async function floodAnswers(testbed: Testbed): Promise<Counts> {
  const posted: PostedAction[] = [];
  for (let n = 0; n < SWEEPS; n++) {
    const action = await testbed.sign({ name: `flood ${n}`, target: `name LIKE 'bench-%'` });
    posted.push(await testbed.post(action));
  }
  for (const { id: actionId } of posted) {
    await waitForAnswers(testbed, { actionId, count: AGENTS, everyMs: 200 });
  }
  return { answered: SWEEPS * AGENTS };
}

async function floodHeartbeats({ db }: Testbed, fleet: Fleet): Promise<Counts> {
  for (let n = 0; n < STORMS; n++) await fleet.heartbeat();
  const sinceMs = Date.now();
  await fleet.heartbeat();
  await waitForHeartbeats(db, { sinceMs, timeoutMs: 120_000, everyMs: 100 });
  return { recorded: AGENTS };
}

/** Posts all actions at once and retries refused ones, until every action is answered. */
async function floodActions(testbed: Testbed): Promise<Counts> {
  const retries = { count: 0 };
  const posted = await Promise.all(
    Array.from({ length: ACTIONS }, async (_, n) => {
      const action = await testbed.sign({ name: `action ${n}`, target: `name = 'bench-${n}'` });
      return postUntilAccepted(testbed, { action, idempotencyKey: `flood-${n}`, retries });
    }),
  );
  for (const { id: actionId } of posted) {
    await waitForAnswers(testbed, { actionId, count: 1, everyMs: 100 });
  }
  return { accepted: posted.length, refusedFirst: retries.count };
}

async function postUntilAccepted(
  testbed: Testbed,
  { action, idempotencyKey, retries }: { action: string; idempotencyKey: string; retries: { count: number } },
): Promise<PostedAction> {
  for (;;) {
    try {
      return await testbed.post(action, idempotencyKey);
    } catch (error) {
      if (!/answered (429|503)/.test((error as Error).message)) throw error;
      retries.count++;
      await sleep(RETRY_MS);
    }
  }
}

/** Reads an action twenty times a second. */
async function watchAction(
  { stack, authorization }: Testbed,
  { actionId, signal }: { actionId: number; signal: AbortSignal },
) {
  const ms: number[] = [];
  let refusals = 0;
  let failures = 0;
  while (!signal.aborted) {
    const headers = await authorization();
    const sentAt = performance.now();
    const response = await fetch(`${stack.api.url}/action?actionid=${actionId}`, { headers });
    await response.text();
    if (response.status === 200) ms.push(performance.now() - sentAt);
    else if (response.status === 503 && response.headers.has('Retry-After')) refusals++;
    else failures++;
    await sleep(WATCH_EVERY_MS);
  }
  return { apiMs: summary(ms), asked: ms.length, refusals, failures };
}

/** Returns the peak of the resident memory of each part. */
async function sampleMemory(home: string, signal: AbortSignal): Promise<Record<string, number>> {
  const peakMb: Record<string, number> = {};
  while (!signal.aborted) {
    const parts = Object.entries(usageOfParts(home));
    for (const [name, { rssMb }] of parts) {
      peakMb[name] = Math.max(peakMb[name] ?? 0, rssMb);
    }
    await sleep(SAMPLE_EVERY_MS);
  }
  return peakMb;
}
