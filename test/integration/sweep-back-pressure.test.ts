import { expect, test } from 'vitest';
import { type DispatchDeps, dispatchCommands } from '../../activities/dispatch.ts';
import {
  agentQueue,
  EXCHANGE_TO_AGENTS,
  EXCHANGE_TO_SCHEDULERS,
  QUEUE_RESULTS,
} from '../../contract/names.ts';
import { postAction } from '../../dev/api-caller.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { openDispatchDeps } from '../setup/dispatch-deps.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

const ENDPOINTS = 300;
/** Far fewer than the endpoints, and at least what a sweep may ask before the first answer. */
const FEW = 120;

/** A platform without a collector, an action to many endpoints, and the queue where all its commands end. */
interface Rig {
  platform: Platform;
  agent: RelayClient;
  scheduler: RelayClient;
  actionId: number;
  dispatch: () => Promise<{ isComplete: boolean }>;
  /** How often the dispatch had counted the waiting answers when it published its first commands. */
  countsBefore: () => number | undefined;
}

async function openRig(platform: Platform): Promise<Rig> {
  const { pool } = platform;
  const publishing = await openDispatchDeps(platform, { urgency: 'bulk', sweepYieldMs: 0 });
  const agent = platform.use(await openRelayClient(platform.slot, 'agent'));
  const scheduler = platform.use(await openRelayClient(platform.slot, 'scheduler'));
  await pool.query(
    `INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status, environment, tags)
     SELECT 'silent', 'linux.silent-' || n, 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}'
     FROM generate_series(1, $1::int) n`,
    [ENDPOINTS],
  );
  const { queue } = await agent.channel.assertQueue('mig.agt.linux.silent', { exclusive: true });
  for (let n = 1; n <= ENDPOINTS; n++) {
    await agent.channel.bindQueue(queue, EXCHANGE_TO_AGENTS, agentQueue(`linux.silent-${n}`));
  }
  const actionId = await postAction(platform.api, { target: `name='silent'` });
  await pool.query(
    `INSERT INTO commands (actionid, agentid, queueloc, status, starttime)
     SELECT $1, id, queueloc, 'sent', now()
     FROM agents
     WHERE name = 'silent'`,
    [actionId],
  );
  let counts = 0;
  let countsBefore: number | undefined;
  const deps: DispatchDeps = {
    ...publishing,
    publisher: (urgency) => {
      countsBefore ??= counts;
      return publishing.publisher(urgency);
    },
    countWaitingAnswers: () => {
      counts++;
      return publishing.countWaitingAnswers();
    },
  };
  const dispatch = () =>
    dispatchCommands(
      deps,
      { actionId, shard: 0, shards: 1 },
      { urgency: 'interactive', progress: { after: 0 }, signal: new AbortController().signal },
    );
  return { platform, agent, scheduler, actionId, dispatch, countsBefore: () => countsBefore };
}

/** Makes the action one of a sweep's run. */
async function makeSweep({ platform: { pool }, actionId }: Rig): Promise<void> {
  await pool.query(
    `WITH sweep AS (
       INSERT INTO sweeps (name, document, signatures, operations, createdby)
       SELECT 'nightly', '{}', '[]', '[]', min(id) FROM investigators
       RETURNING id
     ), run AS (
       INSERT INTO sweep_runs (sweepid, kind, plannedat, state)
       SELECT id, 'trigger', now(), 'running' FROM sweep
       RETURNING id
     )
     INSERT INTO sweep_actions (runid, part, actionid)
     SELECT id, 0, $1 FROM run`,
    [actionId],
  );
}

async function published({ platform, actionId }: Rig): Promise<number> {
  const { rows } = await platform.pool.query(
    'SELECT count(*)::int AS count FROM commands WHERE actionid = $1 AND publishedat IS NOT NULL',
    [actionId],
  );
  return rows[0].count;
}

/** How many commands are published when the first is seen. */
function firstPublished(rig: Rig): Promise<number> {
  return waitFor('the first commands', async () => {
    const count = await published(rig);
    return count > 0 && count;
  });
}

async function answerPublished({ platform, actionId }: Rig): Promise<void> {
  await platform.pool.query(
    `UPDATE commands SET status = 'success' WHERE actionid = $1 AND publishedat IS NOT NULL`,
    [actionId],
  );
}

/** Publishes all commands, answering each, and expects the dispatch to end. */
async function answerUntilDone(rig: Rig, dispatched: Promise<{ isComplete: boolean }>): Promise<void> {
  await waitFor('all commands', async () => {
    await answerPublished(rig);
    return (await published(rig)) === ENDPOINTS;
  });
  expect(await dispatched).toEqual({ isComplete: true });
}

test('a sweep asks further endpoints as the first answer, however few it has', async () => {
  await using platform = await openPlatform({ worker: false });
  const rig = await openRig(platform);
  await makeSweep(rig);
  const dispatched = rig.dispatch();
  const first = await firstPublished(rig);
  expect(first).toBeLessThan(FEW);
  expect(rig.countsBefore()).toBe(1);
  await answerUntilDone(rig, dispatched);
});

test('a sweep waits while answers wait on the relay, but not for ever', async () => {
  await using platform = await openPlatform({ worker: false });
  const rig = await openRig(platform);
  await makeSweep(rig);
  const body = 'an answer that no collector takes';
  const message = { exchange: EXCHANGE_TO_SCHEDULERS, routingKey: QUEUE_RESULTS, body };
  await Promise.all(Array.from({ length: 100 }, () => rig.agent.publish(message)));
  const dispatched = rig.dispatch();
  const first = await firstPublished(rig);
  expect(first).toBeLessThan(FEW);
  expect(rig.countsBefore()).toBeGreaterThan(5);
  await rig.scheduler.channel.purgeQueue(QUEUE_RESULTS);
  await answerUntilDone(rig, dispatched);
});

test('another action asks all its endpoints at once', async () => {
  await using platform = await openPlatform({ worker: false });
  const rig = await openRig(platform);
  expect(await rig.dispatch()).toEqual({ isComplete: true });
  expect(await published(rig)).toBe(ENDPOINTS);
});
