import { readFileSync } from 'node:fs';
import type { ConfirmChannel } from 'amqplib';
import type pg from 'pg';
import { errorMessage } from '../../contract/errors.ts';
import { QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../../contract/names.ts';
import { openTestbed, type Testbed } from '../../dev/simulation/testbed.ts';
import { stopPart } from '../../dev/stack/parts.ts';
import { isRunning, runningDaemon } from '../../dev/stack/services/processes.ts';
import { describeServices, type RelayUser, relayOptions } from '../../dev/stack/services/services.ts';
import { report } from '../../dev/terminal.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { createLogger } from '../../platform/log.ts';
import { startSession } from '../../platform/rabbitmq/session.ts';
import { goodAnswer, heartbeatOf, hostileAnswers, hostileHeartbeats } from './message-bodies.ts';
import { createRelaySender } from './relay-sender.ts';

export interface CollectorReport {
  messages: number;
  goodAnswers: number;
  goodAnswersStored: number;
  goodHeartbeats: number;
  goodHeartbeatsStored: number;
  hostile: number;
  hostileStored: number;
  rejected: number;
  leftInQueues: number;
  workerPeakMb: number;
  seconds: number;
  problems: string[];
}

/** The collector must go on storing. A machine that is busy with other work may be slow. */
const STALLED_MS = 120_000;

/**
 * Sends messages to a real worker, in turn a good answer, a hostile one, a good heartbeat, a hostile one. Afterwards each
 * must be stored or in `rejections`, no queue may hold any, and the worker must still run.
 */
export async function runCollector({
  seed,
  messages,
}: {
  seed: number;
  messages: number;
}): Promise<CollectorReport> {
  await using testbed = await openTestbed();
  const { home, db } = testbed;
  const each = Math.floor(messages / 4);
  const worker = runningDaemon(home, 'worker');
  const { good, prey } = await insertCommands(db, each);
  const lastGood = good.at(-1);
  if (lastGood === undefined) throw new Error('too few messages');
  const before = await count(db, lastGood);
  const startedAt = Date.now();
  const secondsSinceStart = () => Math.round((Date.now() - startedAt) / 1000);
  await publishAll(testbed, { seed, good, prey });
  const sent = { ...before, goodAnswers: each, goodHeartbeats: each, hostile: 2 * each };
  report(`${4 * each} messages sent in ${secondsSinceStart()} s`);
  const after = await waitForCollector(db, { lastGood, sent, before });
  const problems = [...problemsOf(sent, after), ...(await problemsOfLastHeartbeat(testbed))];
  const seconds = secondsSinceStart();
  const isAlive = isRunning(worker);
  if (!isAlive) problems.push('the worker ended');
  const workerPeakMb = isAlive ? peakMb(worker.pid) : 0;
  // The relay puts unacknowledged messages back into their queues when the worker has ended.
  await stopPart(home, 'worker');
  const leftInQueues = await countQueued(home);
  if (leftInQueues > 0) problems.push(`${leftInQueues} messages are left in the queues`);
  return {
    messages: 4 * each,
    goodAnswers: each,
    goodAnswersStored: after.goodAnswers,
    goodHeartbeats: each,
    goodHeartbeatsStored: after.goodHeartbeats,
    hostile: 2 * each,
    hostileStored: after.hostileStored,
    rejected: after.rejected,
    leftInQueues,
    workerPeakMb,
    seconds,
    problems,
  };
}

/** Inserts sent commands: one for each good answer, and one for each hostile answer, which may be stored as well. */
async function insertCommands(db: pg.Pool, each: number): Promise<{ good: number[]; prey: number[] }> {
  const { rows } = await db.query(
    `WITH action AS (
       INSERT INTO actions (name, target, description, threat, operations, validfrom, expireafter, status,
         syntaxversion, pgpsignatures)
       VALUES ('fuzz', 'true', '{}', '{}', '[]', now(), now() + interval '1 day', 'completed', 2, '[]')
       RETURNING id
     ), agent AS (
       INSERT INTO agents (name, queueloc, mode, version, pid, starttime, heartbeattime, refreshtime, status,
         environment, tags)
       VALUES ('fuzz', 'linux.fuzz.x', 'daemon', '1', 1, now(), now(), now(), 'online', '{}', '{}')
       RETURNING id
     ), numbers AS (
       SELECT nextval('ids') AS id
       FROM generate_series(1, $1)
     )
     INSERT INTO commands (id, actionid, agentid, queueloc, status, starttime, publishedat)
     SELECT numbers.id, action.id, agent.id, 'linux.fuzz-' || numbers.id || '.x', 'sent', now(), now()
     FROM action, agent, numbers
     RETURNING id::float8`,
    [2 * each],
  );
  const ids = rows.map(({ id }) => id as number).sort((a, b) => a - b);
  return { good: ids.slice(0, each), prey: ids.slice(each) };
}

async function publishAll(
  { home }: Testbed,
  { seed, good, prey }: { seed: number; good: number[]; prey: number[] },
): Promise<void> {
  await using relay = await connect(home, 'agent');
  const sender = createRelaySender(relay.channel, STALLED_MS);
  const answers = hostileAnswers(seed, prey);
  const heartbeats = hostileHeartbeats(seed);
  for (const [index, id] of good.entries()) {
    await sender.send(QUEUE_RESULTS, JSON.stringify(goodAnswer(id)));
    await sender.send(QUEUE_RESULTS, answers.next().value);
    await sender.send(QUEUE_HEARTBEATS, JSON.stringify(heartbeatOf(`good-${index}`, 'good')));
    await sender.send(QUEUE_HEARTBEATS, heartbeats.next().value);
  }
  await sender.drain();
}

interface Counts {
  goodAnswers: number;
  goodHeartbeats: number;
  hostileStored: number;
  rejected: number;
}

async function count(db: pg.Pool, lastGood: number): Promise<Counts> {
  const { rows } = await db.query(
    `SELECT
       (SELECT count(*)::int FROM commands
        WHERE id <= $1 AND status = 'success' AND results #>> '{0,elements,mark}' = id::text
       ) AS "goodAnswers",
       (SELECT count(*)::int FROM agents WHERE queueloc LIKE 'linux.good-%' AND name = 'good') AS "goodHeartbeats",
       (SELECT count(*)::int FROM commands WHERE id > $1 AND status <> 'sent')
         + (SELECT count(*)::int FROM agents WHERE NOT (queueloc LIKE 'linux.good-%' AND name = 'good'))
         AS "hostileStored",
       (SELECT count(*)::int FROM rejections) AS rejected`,
    [lastGood],
  );
  return rows[0];
}

interface Sent extends Counts {
  hostile: number;
}

/** Waits until every message is accounted for, or until the counts stop changing. */
async function waitForCollector(
  db: pg.Pool,
  { lastGood, sent, before }: { lastGood: number; sent: Sent; before: Counts },
): Promise<Counts> {
  let last = { text: '', at: Date.now() };
  const finalCounts = async () => {
    const now = await count(db, lastGood);
    const counts = { ...now, hostileStored: now.hostileStored - before.hostileStored };
    const text = JSON.stringify(counts);
    if (text !== last.text) last = { text, at: Date.now() };
    const isStalled = Date.now() - last.at > STALLED_MS;
    return problemsOf(sent, counts).length === 0 || isStalled ? counts : undefined;
  };
  return waitFor('the collector', finalCounts, { timeoutMs: 3_600_000, everyMs: 1000 });
}

function problemsOf(sent: Sent, stored: Counts): string[] {
  const { goodAnswers, goodHeartbeats, hostileStored, rejected } = stored;
  return [
    ...(goodAnswers === sent.goodAnswers
      ? []
      : [`${goodAnswers} of ${sent.goodAnswers} good answers stored`]),
    ...(goodHeartbeats === sent.goodHeartbeats
      ? []
      : [`${goodHeartbeats} of ${sent.goodHeartbeats} good heartbeats stored`]),
    ...(hostileStored + rejected === sent.hostile
      ? []
      : [`${hostileStored} stored and ${rejected} rejected of ${sent.hostile} hostile messages`]),
  ];
}

/** Sends a heartbeat of an endpoint that sent none before: the collector must still store it. */
async function problemsOfLastHeartbeat({ home, db }: Testbed): Promise<string[]> {
  try {
    await using relay = await connect(home, 'agent');
    const sender = createRelaySender(relay.channel, STALLED_MS);
    await sender.send(QUEUE_HEARTBEATS, JSON.stringify(heartbeatOf('last', 'last')));
    await sender.drain();
    await waitFor('the last heartbeat', async () => {
      const { rows } = await db.query(`SELECT 1 FROM agents WHERE queueloc = 'linux.last.x'`);
      return rows.length === 1;
    });
    return [];
  } catch (error) {
    return [errorMessage(error)];
  }
}

async function countQueued(home: string): Promise<number> {
  await using relay = await connect(home, 'scheduler');
  const queues = await Promise.all(
    [QUEUE_RESULTS, QUEUE_HEARTBEATS].map((name) => relay.channel.checkQueue(name)),
  );
  return queues.reduce((sum, { messageCount }) => sum + messageCount, 0);
}

async function connect(
  home: string,
  user: RelayUser,
): Promise<{ channel: ConfirmChannel } & AsyncDisposable> {
  const opened = createDeferred<ConfirmChannel>();
  const session = startSession({
    relay: relayOptions(describeServices(home), user, 'mig'),
    name: 'fuzz',
    log: createLogger('fuzz', 'silent'),
    setup: async (connection) => opened.resolve(await connection.createConfirmChannel()),
  });
  return {
    channel: await opened.promise,
    [Symbol.asyncDispose]: () => session[Symbol.asyncDispose](),
  };
}

/** Returns the highest resident memory that the process ever had. */
function peakMb(pid: number): number {
  const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1024);
}
