import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChannelModel, ConsumeMessage } from 'amqplib';
import { generateKey, type PrivateKey } from 'openpgp';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ActiveCommands } from '../../../../agent/command/active-commands.ts';
import { Cancels } from '../../../../agent/command/cancels.ts';
import type { HandlerDeps } from '../../../../agent/command/deps.ts';
import { handleMessage } from '../../../../agent/command/handle-message.ts';
import { Journal, MAX_UNFINISHED_BYTES } from '../../../../agent/command/journal/journal.ts';
import { resumeJournal } from '../../../../agent/command/journal/resume-journal.ts';
import { MAX_COMMANDS } from '../../../../agent/command/run-command.ts';
import { createShutdown } from '../../../../agent/lifecycle/shutdown.ts';
import { createCommandConsumers } from '../../../../agent/relay/consume-commands.ts';
import { Report } from '../../../../agent/report/report.ts';
import type { ModuleRunner } from '../../../../agent/run/module-runner.ts';
import type { Outcome } from '../../../../agent/run/outcome.ts';
import { MAX_RESULT_BYTES } from '../../../../contract/limits.ts';
import { EMPTY_RESULT } from '../../../../contract/module-result.ts';
import { signedAction } from '../../../../dev/api-caller.ts';
import { createDeferred, type Deferred } from '../../../../platform/async/deferred.ts';
import { createSemaphore, type Semaphore } from '../../../../platform/async/semaphore.ts';
import { createLogger } from '../../../../platform/log.ts';
import { readPublicKey } from '../../../../platform/openpgp/keyring.ts';

const QUEUELOC = 'linux.host.1';
let folder: string;
let key: PrivateKey;

beforeAll(async () => {
  const generated = await generateKey({
    type: 'curve25519',
    userIDs: [{ name: 'x' }],
    format: 'object',
    date: new Date(Date.now() - 3_600_000),
  });
  key = generated.privateKey;
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mig-handler-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A runner whose operations run until the test ends them, oldest first. */
function createHeldRunner() {
  const held: Deferred<Outcome>[] = [];
  let begun = 0;
  const runner: ModuleRunner = {
    run() {
      const outcome = createDeferred<Outcome>();
      begun++;
      held.push(outcome);
      return outcome.promise;
    },
  };
  const succeed = () => {
    held.shift()?.resolve({ status: 'success', result: { ...EMPTY_RESULT, success: true } });
  };
  return { runner, succeed, begun: () => begun };
}

async function openHandler(runner: ModuleRunner): Promise<HandlerDeps & { delivered: number[] }> {
  const known = await readPublicKey(key.toPublic().armor());
  const delivered: number[] = [];
  return {
    keyring: [known],
    acl: {
      default: { minimumweight: 1, investigators: { x: { fingerprint: known.fingerprint, weight: 1 } } },
    },
    onlyVerifyPubkey: false,
    moduleTimeoutMs: 300_000,
    journal: new Journal(folder),
    report: new Report(folder, { keepMs: 365 * 24 * 3_600_000, isForEveryone: false, now: Date.now }),
    runner,
    queueloc: QUEUELOC,
    log: createLogger('test', 'silent'),
    now: Date.now,
    active: new ActiveCommands(),
    inFlight: createSemaphore(MAX_COMMANDS),
    cancels: new Cancels(),
    work: { running: 0, isEnding: false, lastActivityMs: 0 },
    deliver: (id) => void delivered.push(id),
    delivered,
  };
}

async function commandBody(id: number, more: Record<string, unknown> = {}): Promise<string> {
  const action = JSON.parse(await signedAction([key], { name: `command ${id}`, ...more }));
  return JSON.stringify({ id, action, agent: { queueloc: QUEUELOC }, status: 'sent' });
}

function statusOf({ journal }: HandlerDeps, id: number): unknown {
  return (JSON.parse(journal.answer(id) ?? '{}') as { status?: unknown }).status;
}

test('a command that ends while the journal is resumed keeps its answer', async () => {
  const { runner, succeed, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  deps.journal.recordReceived(1, await commandBody(1));
  const body = Buffer.from(await commandBody(2));
  const running = handleMessage(deps, { body, bytes: body.length, acknowledge: () => {} });
  await expect.poll(begun).toBe(1);
  deps.journal.recordReceived(3, await commandBody(3));
  const resumed = resumeJournal(deps);
  await expect.poll(begun).toBe(2);
  succeed();
  await running;
  expect(statusOf(deps, 2)).toBe('success');
  succeed();
  await expect.poll(begun).toBe(3);
  succeed();
  await resumed;
  expect([1, 2, 3].map((id) => statusOf(deps, id))).toEqual(['success', 'success', 'success']);
  expect(deps.journal.unfinished()).toEqual([]);
});

test('resuming the journal twice at the same time runs each command once', async () => {
  const { runner, succeed, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  for (const id of [1, 2]) deps.journal.recordReceived(id, await commandBody(id));
  const both = Promise.all([resumeJournal(deps), resumeJournal(deps)]);
  await expect.poll(begun).toBe(2);
  succeed();
  succeed();
  await both;
  expect([1, 2].map((id) => statusOf(deps, id))).toEqual(['success', 'success']);
  expect(deps.delivered.sort()).toEqual([1, 2]);
});

/** A relay that delivers each body at once to the consumer with that index. */
function createFakeRelay() {
  const consumers: ((message: ConsumeMessage) => void)[] = [];
  let acks = 0;
  const channel = {
    accept: () => {},
    on: () => {},
    prefetch: async () => {},
    assertQueue: async () => {},
    bindQueue: async () => {},
    consume: async (_queue: string, consumer: (message: ConsumeMessage) => void) => {
      consumers.push(consumer);
      return { consumerTag: 'tag' };
    },
    ack: () => void acks++,
  };
  const connection = { createChannel: async () => channel, once: () => {} } as unknown as ChannelModel;
  const deliver = (queue: number, body: string) => {
    consumers[queue]?.({ content: Buffer.from(body), properties: {} } as ConsumeMessage);
  };
  return { connection, deliver, acks: () => acks };
}

/** Counts the requests for a permit, and the permits granted. */
function watchPermits({ acquire, withPermit }: Semaphore) {
  let requests = 0;
  let grants = 0;
  const semaphore: Semaphore = {
    acquire,
    withPermit(work) {
      requests++;
      return withPermit(() => {
        grants++;
        return work();
      });
    },
  };
  return { semaphore, requests: () => requests, grants: () => grants };
}

/** Never called: no message here is about the clock. */
const clock = { receive: () => false };

test('the commands of both queues share one limit', async () => {
  const { runner, succeed, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  const { connection, deliver } = createFakeRelay();
  const { work } = deps;
  const permits = watchPermits(deps.inFlight);
  deps.inFlight = permits.semaphore;
  const consumers = createCommandConsumers({ deps, clock });
  const connected = { connection, session: { restart: () => {} } };
  await consumers.consumeEndpointQueue(connected);
  await consumers.consumeProcessQueue(connected);
  for (let id = 1; id <= 6; id++) deliver(id % 2, await commandBody(id));
  await expect.poll(() => [permits.requests(), begun()]).toEqual([6, MAX_COMMANDS]);
  expect([permits.grants(), begun(), work.running]).toEqual([MAX_COMMANDS, MAX_COMMANDS, MAX_COMMANDS]);
  for (let ended = 1; ended <= 6; ended++) {
    await expect.poll(begun).toBeGreaterThanOrEqual(ended);
    succeed();
  }
  await expect
    .poll(() => [1, 2, 3, 4, 5, 6].map((id) => statusOf(deps, id)))
    .toEqual(Array(6).fill('success'));
});

test('an agent that is shutting down starts neither new nor waiting commands', async () => {
  const { runner, succeed, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  const { connection, deliver } = createFakeRelay();
  const { work } = deps;
  const session = { restart: () => {} };
  await createCommandConsumers({ deps, clock }).consumeEndpointQueue({ connection, session });
  for (let id = 1; id <= MAX_COMMANDS + 1; id++) deliver(0, await commandBody(id));
  await expect.poll(begun).toBe(MAX_COMMANDS);
  work.isEnding = true;
  deliver(0, await commandBody(MAX_COMMANDS + 2));
  for (let ended = 1; ended <= MAX_COMMANDS; ended++) succeed();
  await expect.poll(() => work.running).toBe(0);
  expect(begun()).toBe(MAX_COMMANDS);
  expect(deps.journal.state(MAX_COMMANDS + 1)).toBeUndefined();
});

test('a command accepted during shutdown runs once, in the next process', async () => {
  const { runner, succeed, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  deps.work.isEnding = true;
  const body = Buffer.from(await commandBody(1));
  let acks = 0;
  await handleMessage(deps, { body, bytes: body.length, acknowledge: () => void acks++ });
  expect([acks, begun(), deps.journal.state(1)]).toEqual([1, 0, 'received']);
  deps.journal.close();
  const next = await openHandler(runner);
  const resumed = resumeJournal(next);
  await expect.poll(begun).toBe(1);
  succeed();
  await resumed;
  expect([statusOf(next, 1), begun()]).toEqual(['success', 1]);
});

describe('an agent that is shutting down', () => {
  test('waits for a command from the journal as for one from the relay, then ends its modules', async () => {
    const { runner, begun } = createHeldRunner();
    const deps = await openHandler(runner);
    const ending = new AbortController();
    const shutdown = createShutdown({
      work: deps.work,
      active: deps.active,
      ending,
      unconfirmed: () => 0,
    });
    expect(shutdown.isBusy()).toBe(false);
    deps.journal.recordReceived(1, await commandBody(1));
    void resumeJournal(deps);
    await expect.poll(begun).toBe(1);
    expect(shutdown.isBusy()).toBe(true);
    const ended = shutdown.endWork(200);
    expect([deps.work.isEnding, ending.signal.aborted]).toEqual([true, false]);
    await ended;
    expect(ending.signal.aborted).toBe(true);
  });

  test('ends as soon as its commands have ended', async () => {
    const { runner, succeed, begun } = createHeldRunner();
    const deps = await openHandler(runner);
    const ending = new AbortController();
    const { endWork } = createShutdown({
      work: deps.work,
      active: deps.active,
      ending,
      unconfirmed: () => 0,
    });
    deps.journal.recordReceived(1, await commandBody(1));
    const resumed = resumeJournal(deps);
    await expect.poll(begun).toBe(1);
    const ended = endWork(60_000);
    succeed();
    await Promise.all([ended, resumed]);
    expect(statusOf(deps, 1)).toBe('success');
  });
});

test('a known command whose answer was dropped stays in the relay while there is no room for another answer', async () => {
  const { runner } = createHeldRunner();
  const deps = await openHandler(runner);
  const body = Buffer.from(await commandBody(1));
  deps.journal.recordStarted(1, { digest: 'd1', validFromMs: 1000, expiresMs: 2000 });
  deps.journal.recordConfirmed(1);
  for (let id = 2; deps.journal.unconfirmed().length < 5; id++) {
    deps.journal.recordAnswered(id, 'x'.repeat(MAX_RESULT_BYTES));
  }
  let acks = 0;
  const handle = () => handleMessage(deps, { body, bytes: body.length, acknowledge: () => void acks++ });
  await expect(handle()).rejects.toMatchObject({ code: 'ENOSPC' });
  expect(acks).toBe(0);
  deps.journal.recordConfirmed(2);
  await handle();
  expect([acks, deps.journal.isUnconfirmed(1)]).toEqual([1, true]);
});

test('a command that makes the agent itself fail is answered, and frees its place for the next', async () => {
  const { runner, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  const broken = () => {
    throw new TypeError('the journal is at fault');
  };
  Object.assign(deps.journal, { recordReceived: broken });
  deps.report.recordAccepted = broken;
  const { connection, deliver, acks } = createFakeRelay();
  const session = { restart: () => {} };
  await createCommandConsumers({ deps, clock }).consumeEndpointQueue({ connection, session });
  for (let id = 1; id <= MAX_COMMANDS + 1; id++) deliver(0, await commandBody(id));
  await expect.poll(acks).toBe(MAX_COMMANDS + 1);
  expect(deps.delivered.sort()).toEqual([1, 2, 3, 4, 5]);
  expect(deps.journal.answer(1)).toContain('the journal is at fault');
  Reflect.deleteProperty(deps.journal, 'recordReceived');
  // This one fails only after its acknowledgement.
  deliver(0, await commandBody(6));
  await expect.poll(() => deps.delivered.length).toBe(6);
  expect([statusOf(deps, 6), begun(), acks()]).toEqual(['failed', 0, 6]);
});

test('large commands that do not fit into the journal together run one after another', async () => {
  const { runner, succeed, begun } = createHeldRunner();
  const deps = await openHandler(runner);
  const { connection, deliver, acks } = createFakeRelay();
  const { work } = deps;
  let restarts = 0;
  const session = { restart: () => void restarts++ };
  await createCommandConsumers({ deps, clock }).consumeEndpointQueue({ connection, session });
  const search = { paths: ['/etc'], names: ['x'], description: 'x'.repeat(900_000) };
  const operations = [{ module: 'file', parameters: { searches: { s1: search } } }];
  for (let id = 1; id <= 6; id++) deliver(0, await commandBody(id, { operations }));
  const fitting = Math.floor(MAX_UNFINISHED_BYTES / 900_000);
  expect(fitting).toBeLessThan(MAX_COMMANDS);
  for (let ended = 0; ended < 6; ended++) {
    await expect.poll(begun, { timeout: 10_000 }).toBe(Math.min(6, fitting + ended));
    expect(acks()).toBe(begun());
    succeed();
  }
  await expect.poll(() => work.running).toBe(0);
  expect([1, 2, 3, 4, 5, 6].map((id) => statusOf(deps, id))).toEqual(Array(6).fill('success'));
  expect(restarts).toBe(0);
});
