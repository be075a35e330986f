import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAnswer } from '../../contract/command.ts';
import { parseRelayHeartbeat } from '../../contract/heartbeat.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../../contract/names.ts';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { defined } from '../setup/defined.ts';
import { hostileBody } from '../setup/hostile-bodies.ts';
import { openPlatform, type Platform } from '../setup/platform.ts';

const MAX_AGE_MS = 1_200_000;
let platform: Platform;
let relay: RelayClient;
let worker: AsyncDisposable;
/** Warnings of the worker. */
const warnings: string[] = [];
const log = pino({ level: 'warn' }, { write: (line) => warnings.push(line) });
let next = 0;

beforeAll(async () => {
  platform = await openPlatform({ worker: false });
  await openWorker();
  platform.defer(() => worker[Symbol.asyncDispose]());
  relay = platform.use(await openRelayClient(platform.slot, 'agent'));
});
afterAll(() => platform?.[Symbol.asyncDispose]());

async function openWorker(): Promise<void> {
  worker = await startWorker({ config: platform.workerConfig, log });
}

/** The relay returns unacknowledged messages to their queue when the worker has ended. */
async function unacknowledged(): Promise<Record<string, number>> {
  await using scheduler = await openRelayClient(platform.slot, 'scheduler');
  const counts: Record<string, number> = {};
  for (const queue of [QUEUE_RESULTS, QUEUE_HEARTBEATS]) {
    const { messageCount } = await waitFor(`${queue} without consumers`, async () => {
      const state = await scheduler.channel.checkQueue(queue);
      return state.consumerCount === 0 && state;
    });
    counts[queue] = messageCount;
  }
  return counts;
}

const send = (routingKey: string, body: Buffer | string) =>
  relay.publish({ exchange: EXCHANGE_TO_SCHEDULERS, routingKey, body });

function heartbeatOf(queueloc: string): string {
  const now = new Date().toISOString();
  return JSON.stringify({
    name: queueloc,
    mode: 'daemon',
    version: '1',
    pid: 5,
    queueloc,
    starttime: now,
    refreshts: now,
    heartbeatts: now,
    environment: {
      os: 'linux',
      ident: 'x',
      isproxied: false,
      addresses: ['127.0.0.1'],
      aws: {},
      modules: ['file'],
    },
    tags: { ring: 'canary' },
  });
}

function answerOf(id: number, queueloc: string): string {
  const result = {
    foundanything: true,
    success: true,
    elements: { s1: [{ file: 'x' }] },
    statistics: null,
    errors: ['e'],
  };
  return JSON.stringify({ id, agent: { queueloc }, status: 'success', results: [result] });
}

/** Inserts sent commands, one for each endpoint. */
async function openCommands(count: number): Promise<{ id: number; queueloc: string }[]> {
  const queuelocs = Array.from({ length: count }, () => `linux.good.${next++}`);
  const { rows } = await platform.pool.query(
    `WITH one AS (
       INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status, syntaxversion,
         pgpsignatures, resolvedat, wakedat, workflowat)
       VALUES ('x', 'true', '{}', '{}', '[]', now(), now() + interval '1 day', 'inflight', 2, '[]', now(), now(), now())
       RETURNING id
     ), endpoints AS (
       INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, environment, tags)
       SELECT 'x', q, 'daemon', '1', 1, now(), now(), now(), '{}', '{}' FROM unnest($1::text[]) AS q
       RETURNING id, queueloc
     )
     INSERT INTO commands (actionid, agentid, queueloc, status, starttime)
     SELECT one.id, endpoints.id, queueloc, 'sent', now() FROM one, endpoints
     RETURNING id, queueloc`,
    [queuelocs],
  );
  return rows;
}

async function count(sql: string, values: unknown[] = []): Promise<number> {
  return (await platform.pool.query(`SELECT count(*) AS count FROM ${sql}`, values)).rows[0].count;
}

const answered = (ids: readonly number[]) =>
  count(`commands WHERE status = 'success' AND id = ANY($1::numeric[])`, [ids]);
const registered = (queuelocs: readonly string[]) =>
  count('agents WHERE pid = 5 AND queueloc = ANY($1::text[])', [queuelocs]);
const rejected = (queue: string) => count('rejections WHERE queue = $1', [queue]);

/** Sends a good body after each of these, and waits until all good ones are stored. */
async function sendBetweenGoodOnes(
  bodies: readonly { queue: string; body: Buffer | string }[],
): Promise<void> {
  const commands = await openCommands(bodies.length);
  const beats = bodies.map(() => `linux.beat.${next++}`);
  for (const [index, { queue, body }] of bodies.entries()) {
    const { id, queueloc } = commands[index] ?? { id: 0, queueloc: '' };
    await Promise.all([
      send(queue, body),
      send(QUEUE_RESULTS, answerOf(id, queueloc)),
      send(QUEUE_HEARTBEATS, heartbeatOf(defined(beats[index]))),
    ]);
  }
  const ids = commands.map(({ id }) => id);
  await waitFor('good answers', async () => (await answered(ids)) === ids.length, { timeoutMs: 60_000 });
  await waitFor('good heartbeats', async () => (await registered(beats)) === beats.length, {
    timeoutMs: 60_000,
  });
}

function parsed<T>(parse: (body: Buffer) => T, body: Buffer): T | undefined {
  try {
    return parse(body);
  } catch {
    return undefined;
  }
}

test('the messages that once stopped every worker are recorded, and good messages beside them are stored', async () => {
  const lines = readFileSync(join(ROOT, 'test/fixtures/cases/relay-messages.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const bodies = lines.map((line) => {
    const { queue, body } = JSON.parse(line) as { queue: string; body: string };
    const nested = '['.repeat(3000) + ']'.repeat(3000);
    return { queue, body: body.replaceAll('$now', new Date().toISOString()).replace('$nested3000', nested) };
  });
  const before = (await rejected(QUEUE_RESULTS)) + (await rejected(QUEUE_HEARTBEATS));
  await sendBetweenGoodOnes(bodies);
  await waitFor('rejections', async () => {
    return (await rejected(QUEUE_RESULTS)) + (await rejected(QUEUE_HEARTBEATS)) === before + lines.length;
  });
  expect(await count(`agents WHERE queueloc LIKE 'linux.web.a%'`)).toBe(0);
  expect(await count(`agents WHERE tags ->> 'ring' = 'canary'`)).toBeGreaterThan(0);
});

test('every hostile message is stored or recorded, and acknowledged, and every good message beside it is stored', async () => {
  const hostileAnswer = fc
    .nat()
    .chain((id) => hostileBody(answerOf(id, 'linux.liar.1')).map((body) => ({ queue: QUEUE_RESULTS, body })));
  const hostileHeartbeat = fc
    .nat()
    .chain((id) =>
      hostileBody(heartbeatOf(`linux.liar.${id}`)).map((body) => ({ queue: QUEUE_HEARTBEATS, body })),
    );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(hostileAnswer, hostileHeartbeat), { minLength: 20, maxLength: 60 }),
      async (bodies) => {
        const before = {
          results: await rejected(QUEUE_RESULTS),
          heartbeats: await rejected(QUEUE_HEARTBEATS),
        };
        await sendBetweenGoodOnes(bodies);
        const of = (name: string) => bodies.flatMap(({ queue, body }) => (queue === name ? [body] : []));
        // No command has their ids, so readable bodies are recorded, too, at least once for each id and sender.
        const answers = of(QUEUE_RESULTS).map((body) => parsed(parseAnswer, body));
        const senders = new Set(answers.flatMap((one) => (one ? [`${one.id} ${one.agent.queueloc}`] : [])));
        const bad = answers.filter((one) => one === undefined).length + senders.size;
        await waitFor(
          'rejected answers',
          async () => (await rejected(QUEUE_RESULTS)) >= before.results + bad,
        );
        const beats = of(QUEUE_HEARTBEATS).map((body) =>
          parsed((bytes) => parseRelayHeartbeat(bytes, { nowMs: Date.now(), maxAgeMs: MAX_AGE_MS }), body),
        );
        const badBeats = beats.filter((one) => one === undefined).length;
        await waitFor(
          'rejected heartbeats',
          async () => (await rejected(QUEUE_HEARTBEATS)) >= before.heartbeats + badBeats,
        );
        for (const beat of beats) {
          if (beat) expect(await count('agents WHERE queueloc = $1', [beat.queueloc])).toBeGreaterThan(0);
        }
      },
    ),
    { numRuns: 6 },
  );
  expect(warnings.filter((line) => line.includes('relay connection'))).toEqual([]);
  await worker[Symbol.asyncDispose]();
  expect(await unacknowledged()).toEqual({ [QUEUE_RESULTS]: 0, [QUEUE_HEARTBEATS]: 0 });
  await openWorker();
  // Every value that a target or a search could read can be read.
  await platform.pool.query(`SELECT tags::jsonb, environment::jsonb FROM agents`);
  await platform.pool.query('SELECT results::jsonb FROM commands');
});

test.for([
  [
    'a right that was taken away for a moment',
    'REVOKE UPDATE ON commands, agents FROM migscheduler',
    'GRANT UPDATE ON commands, agents TO migscheduler',
  ],
  [
    'tables renamed for a moment, as in a migration',
    'ALTER TABLE commands RENAME TO c2; ALTER TABLE agents RENAME TO a2',
    'ALTER TABLE c2 RENAME TO commands; ALTER TABLE a2 RENAME TO agents',
  ],
] as const)('%s loses nothing', async ([, breakIt, mendIt]) => {
  const commands = await openCommands(20);
  const beats = commands.map(() => `linux.patient.${next++}`);
  const before = (await rejected(QUEUE_RESULTS)) + (await rejected(QUEUE_HEARTBEATS));
  const restarts = () => warnings.filter((line) => line.includes('relay connection restarted')).length;
  const seen = restarts();
  await platform.pool.query(breakIt);
  await Promise.all([
    ...commands.map(({ id, queueloc }) => send(QUEUE_RESULTS, answerOf(id, queueloc))),
    ...beats.map((queueloc) => send(QUEUE_HEARTBEATS, heartbeatOf(queueloc))),
  ]);
  await waitFor('several tries', () => restarts() >= seen + 4);
  await platform.pool.query(mendIt);
  await waitFor('answers', async () => (await answered(commands.map(({ id }) => id))) === commands.length);
  await waitFor('heartbeats', async () => (await registered(beats)) === beats.length);
  expect((await rejected(QUEUE_RESULTS)) + (await rejected(QUEUE_HEARTBEATS))).toBe(before);
  await waitFor('no notes left', async () => (await count('suspects')) === 0);
});

test('heartbeats are stored while answers cannot be', async () => {
  const [command] = await openCommands(1);
  if (!command) throw new Error('no command');
  await platform.pool.query('REVOKE UPDATE ON commands FROM migscheduler');
  try {
    await send(QUEUE_RESULTS, answerOf(command.id, command.queueloc));
    const beats = Array.from({ length: 20 }, () => `linux.apart.${next++}`);
    for (const queueloc of beats) await send(QUEUE_HEARTBEATS, heartbeatOf(queueloc));
    await waitFor('heartbeats', async () => (await registered(beats)) === beats.length);
    expect(await answered([command.id])).toBe(0);
  } finally {
    await platform.pool.query('GRANT UPDATE ON commands TO migscheduler');
  }
  await waitFor('the answer', async () => (await answered([command.id])) === 1);
});
