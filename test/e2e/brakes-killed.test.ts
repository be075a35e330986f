import { once } from 'node:events';
import { expect, test } from 'vitest';
import { actionWorkflowId } from '../../contract/names.ts';
import { paceOf } from '../../contract/rules/brakes/pace.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { brakesNow, postBraked, publishedCount } from '../setup/brakes.ts';
import { CHECKPOINTS, startCrashWorker } from '../setup/crash-worker.ts';
import {
  commandsByStatus,
  log,
  openAgents,
  openPlatform,
  type Platform,
  waitForEnd,
} from '../setup/platform.ts';
import { openTemporalServer, type TemporalServer } from '../setup/temporal-server.ts';

// An action under brakes, through the death of a worker and through the loss of Temporal's store.

const AGENTS = 40;
const CANARY = 5;
/** Ten commands every six seconds. */
const PER_MINUTE = 100;
const { batch: BATCH, everyMs: EVERY_MS } = paceOf(PER_MINUTE);

/** How the commands of an action left. */
async function departures({ pool }: Platform, id: number) {
  const { rows } = await pool.query(
    `SELECT
       count(*)::int AS all,
       count(*) FILTER (WHERE d.iscanary)::int AS canary,
       coalesce(
         min(c.publishedat) FILTER (WHERE NOT d.iscanary) >= max(c.finishtime) FILTER (WHERE d.iscanary),
         true
       ) AS "isCanaryFirst",
       array(
         SELECT commandid
         FROM departures
         WHERE actionid = $1 AND iscanary
         ORDER BY commandid
       ) AS "canaryIds",
       (
         SELECT coalesce(max(together), 0)::int
         FROM (
           SELECT count(*) OVER (
             ORDER BY leftat
             RANGE BETWEEN CURRENT ROW AND interval '1 millisecond' * ($2::int - 1) FOLLOWING
           ) AS together
           FROM departures
           WHERE actionid = $1 AND NOT iscanary
         ) AS window_of_pace
       ) AS together
     FROM departures d
     JOIN commands c ON c.id = d.commandid
     WHERE d.actionid = $1`,
    [id, EVERY_MS],
  );
  return rows[0];
}

test.concurrent.for(CHECKPOINTS)(
  'a worker killed %s sends the same canary first, keeps the rate, and sends every command once',
  async (point, { expect: check }) => {
    await using platform = await openPlatform({ worker: false });
    const preparing = await startWorker({ config: platform.workerConfig, log });
    await using agents = await openAgents(platform, { count: AGENTS });
    await preparing[Symbol.asyncDispose]();

    const ended = once(startCrashWorker(platform, { at: point }), 'exit');
    const brakes = { canary: { agents: CANARY }, perminute: PER_MINUTE };
    const id = await postBraked(platform.api, brakes, { name: `killed ${point}` });
    const [, signal] = await ended;
    check(signal).toBe('SIGKILL');
    const before = await departures(platform, id);
    check(before).toMatchObject({ all: CANARY, canary: CANARY });

    await using _successor = await startWorker({ config: platform.workerConfig, log });
    check((await waitForEnd(platform, id, 120_000)).status).toBe('completed');
    check(await commandsByStatus(platform, id)).toEqual({ success: AGENTS });
    const after = await departures(platform, id);
    check(after).toMatchObject({ all: AGENTS, canaryIds: before.canaryIds, isCanaryFirst: true });
    check(after.together).toBeLessThanOrEqual(BATCH);
    await waitFor('the ledger', () => agents.ledger.size === AGENTS);
    check(agents.ledger.repeated()).toEqual([]);
  },
);

test('an action that has stopped by itself stays so when Temporal has lost its store', async () => {
  let server: TemporalServer | undefined;
  await using platform = await openPlatform({
    temporal: async (namespace) => {
      server = await openTemporalServer(namespace);
      return server;
    },
  });
  await using agents = await openAgents(platform, { count: AGENTS });
  const id = await postBraked(platform.api, {
    canary: { agents: CANARY },
    stopat: { matchedpercent: 100, minimumanswers: CANARY },
  });
  const heldNow = async () => (await brakesNow(platform.api, id))?.held === true;
  await waitFor('the action to stop by itself', heldNow);
  await server?.wipe();
  await waitFor(
    'the workflow that the reconciler starts again',
    async () => {
      const described = platform.temporal.workflow.getHandle(actionWorkflowId(id)).describe();
      return (await described.catch(() => undefined))?.status.name === 'RUNNING';
    },
    { timeoutMs: 120_000 },
  );
  expect(await heldNow()).toBe(true);
  expect(await publishedCount(platform, id)).toBe(CANARY);

  // Without a rate the others leave together, before an answer of theirs is counted.
  const resumed = await platform.api.form('/action/resume/', { actionid: String(id) });
  expect(resumed.status, resumed.text).toBe(200);
  expect((await waitForEnd(platform, id, 120_000)).status).toBe('completed');
  expect(await departures(platform, id)).toMatchObject({ all: AGENTS, canary: CANARY, isCanaryFirst: true });
  expect(agents.ledger.repeated()).toEqual([]);
});
