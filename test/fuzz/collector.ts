import { readFileSync } from 'node:fs';
import type { ConfirmChannel } from 'amqplib';
import type pg from 'pg';
import { parseAnswer } from '../../contract/command.ts';
import { errorMessage } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { parseRelayHeartbeat } from '../../contract/heartbeat.ts';
import { MAX_HEARTBEAT_BYTES, MAX_RESULT_BYTES } from '../../contract/limits.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../../contract/names.ts';
import { type BenchPlatform, openBenchPlatform, say } from '../../dev/simulation/platform.ts';
import { runningDaemons } from '../../dev/stack/processes.ts';
import { describeServices, type RelayUser, relayOptions } from '../../dev/stack/services.ts';
import { stopPart } from '../../dev/stack/stack.ts';
import { waitFor } from '../../dev/wait.ts';
import { withTimeout } from '../../platform/async/with-timeout.ts';
import { createLogger } from '../../platform/log.ts';
import { type Session, startSession } from '../../platform/rabbitmq/session.ts';
import { answer, ofJson, relayHeartbeat } from './corpus.ts';
import { batchOf, type Source } from './generate.ts';

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

/** Stands in an example for the number of the message: no other message is about the same endpoint. */
const NUMBER = '777000111222';
const PUBLISHED_AT_ONCE = 50;
/** The collector must go on storing; a machine that is busy with others takes its time. */
const STALLED_MS = 120_000;
const HEARTBEAT_MAX_AGE_MS = 3_600_000;

/**
 * Sends messages to a real worker, in turn a good answer, a hostile one, a good heartbeat, a hostile one, and counts what
 * became of them: each is stored or in `rejections`, none is left in a queue, and the worker lives.
 */
export async function runCollector({
  seed,
  messages,
}: {
  seed: number;
  messages: number;
}): Promise<CollectorReport> {
  await using platform = await openBenchPlatform();
  const { home, db } = platform;
  const each = Math.floor(messages / 4);
  const worker = runningDaemons(home).find(({ name }) => name === 'worker');
  if (!worker) throw new Error('no worker');
  const { good, prey } = await plant(db, each);
  const lastGood = good.at(-1);
  if (lastGood === undefined) throw new Error('too few messages');
  const before = await count(db, lastGood);
  const began = Date.now();
  await publishAll(platform, { seed, good, prey });
  const sent = { ...before, goodAnswers: each, goodHeartbeats: each, hostile: 2 * each };
  say(`${4 * each} messages sent in ${Math.round((Date.now() - began) / 1000)} s`);
  const after = await whenDone(db, { lastGood, sent, before });
  const problems = problemsOf(sent, after);
  try {
    await lastHeartbeat(platform);
  } catch (error) {
    problems.push(errorMessage(error));
  }
  const seconds = Math.round((Date.now() - began) / 1000);
  const isAlive = runningDaemons(home).some(({ name, pid }) => name === 'worker' && pid === worker.pid);
  if (!isAlive) problems.push('the worker ended');
  const workerPeakMb = isAlive ? peakMb(worker.pid) : 0;
  // What was never acknowledged is back in its queue when the worker is gone.
  await stopPart(home, 'worker');
  const leftInQueues = await queued(home);
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

/** Commands that wait: one for each good answer, and one for each hostile one, which may be stored as well. */
async function plant(db: pg.Pool, each: number): Promise<{ good: number[]; prey: number[] }> {
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
  { home }: BenchPlatform,
  { seed, good, prey }: { seed: number; good: number[]; prey: number[] },
): Promise<void> {
  const line = connect(home, 'agent');
  await using _session = line.session;
  const sender = createSender(await line.channel);
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

/** Publishes as fast as the relay confirms; a relay that is busy may take its time for each message, not for all. */
function createSender(channel: ConfirmChannel) {
  const confirms = new Set<Promise<void>>();
  const confirmed = () => withTimeout(STALLED_MS, Promise.race(confirms), 'the relay confirms nothing');
  return {
    async send(queue: string, body: string | Buffer): Promise<void> {
      const confirm = new Promise<void>((resolve, reject) => {
        channel.publish(EXCHANGE_TO_SCHEDULERS, queue, Buffer.from(body), { persistent: true }, (error) =>
          error ? reject(error) : resolve(),
        );
      }).then(() => {
        confirms.delete(confirm);
      });
      confirm.catch(() => {}); // the next wait throws it
      confirms.add(confirm);
      if (confirms.size >= PUBLISHED_AT_ONCE) await confirmed();
    },
    async drain(): Promise<void> {
      while (confirms.size > 0) await confirmed();
    },
  };
}

function goodAnswer(id: number): unknown {
  const result = {
    foundanything: true,
    success: true,
    elements: { mark: id },
    statistics: null,
    errors: null,
  };
  return answer({ id, agent: { queueloc: `linux.fuzz-${id}.x` }, results: [result] });
}

function heartbeatOf(endpoint: string, name: string): Record<string, unknown> {
  const now = timestampFromMillis(Date.now());
  return relayHeartbeat({
    name,
    queueloc: `linux.${endpoint}.x`,
    starttime: now,
    heartbeatts: now,
    refreshts: now,
  });
}

function hostileAnswers(seed: number, prey: readonly number[]): Generator<Buffer, never> {
  const example = answer({ id: Number(NUMBER), agent: { queueloc: `linux.fuzz-${NUMBER}.x` } });
  return hostile({
    seed,
    source: { corpus: ofJson(example), maxBytes: MAX_RESULT_BYTES },
    number: (n) => String(prey[n % prey.length]),
    subject(body) {
      const { id, agent } = parseAnswer(body);
      return `${id} ${agent.queueloc}`;
    },
  });
}

function hostileHeartbeats(seed: number): Generator<Buffer, never> {
  return hostile({
    seed: seed + 1,
    source: { corpus: ofJson(heartbeatOf(`fuzz-${NUMBER}`, 'hostile')), maxBytes: MAX_HEARTBEAT_BYTES },
    number: String,
    subject(body) {
      const { queueloc, pid } = parseRelayHeartbeat(body, {
        nowMs: Date.now(),
        maxAgeMs: HEARTBEAT_MAX_AGE_MS,
      });
      return `${queueloc} ${pid}`;
    },
  });
}

/** Hostile bodies without end. Two about the same command or process would be stored as one: the second is left out. */
function* hostile({
  seed,
  source,
  number,
  subject,
}: {
  seed: number;
  source: Source;
  number: (n: number) => string;
  subject: (body: Buffer) => string;
}): Generator<Buffer, never> {
  const seen = new Set<string>();
  let n = 0;
  for (let batch = 0; ; batch++) {
    for (const make of batchOf({ source, seed, batch })) {
      const body = Buffer.from(make().toString('latin1').replaceAll(NUMBER, number(n)), 'latin1');
      const about = subjectOf(body, subject);
      if (about !== undefined && seen.has(about)) continue;
      if (about !== undefined) seen.add(about);
      n++;
      yield body;
    }
  }
}

function subjectOf(body: Buffer, subject: (body: Buffer) => string): string | undefined {
  try {
    return subject(body);
  } catch {
    return undefined; // refused, and about nothing
  }
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

/** Waits until everything is accounted for, or nothing more happens. */
async function whenDone(
  db: pg.Pool,
  { lastGood, sent, before }: { lastGood: number; sent: Sent; before: Counts },
): Promise<Counts> {
  let last = { text: '', at: Date.now() };
  return waitFor(
    'the collector',
    async () => {
      const now = await count(db, lastGood);
      const counts = { ...now, hostileStored: now.hostileStored - before.hostileStored };
      const text = JSON.stringify(counts);
      if (text !== last.text) last = { text, at: Date.now() };
      return problemsOf(sent, counts).length === 0 || Date.now() - last.at > STALLED_MS ? counts : undefined;
    },
    { timeoutMs: 3_600_000, everyMs: 1000 },
  );
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

/** One more heartbeat, from an endpoint that was silent until now. */
async function lastHeartbeat({ home, db }: BenchPlatform): Promise<void> {
  const line = connect(home, 'agent');
  await using _session = line.session;
  const sender = createSender(await line.channel);
  await sender.send(QUEUE_HEARTBEATS, JSON.stringify(heartbeatOf('last', 'last')));
  await sender.drain();
  await waitFor('the last heartbeat', async () => {
    const { rows } = await db.query(`SELECT 1 FROM agents WHERE queueloc = 'linux.last.x'`);
    return rows.length === 1;
  });
}

async function queued(home: string): Promise<number> {
  const line = connect(home, 'scheduler');
  await using _session = line.session;
  const channel = await line.channel;
  const queues = await Promise.all([QUEUE_RESULTS, QUEUE_HEARTBEATS].map((name) => channel.checkQueue(name)));
  return queues.reduce((sum, { messageCount }) => sum + messageCount, 0);
}

function connect(home: string, user: RelayUser): { session: Session; channel: Promise<ConfirmChannel> } {
  let opened: (channel: ConfirmChannel) => void = () => {};
  const channel = new Promise<ConfirmChannel>((resolve) => {
    opened = resolve;
  });
  const session = startSession({
    relay: relayOptions(describeServices(home), user, 'mig'),
    name: 'fuzz',
    log: createLogger('fuzz', 'silent'),
    setup: async (connection) => opened(await connection.createConfirmChannel()),
  });
  return { session, channel };
}

/** The most memory that the process ever had. */
function peakMb(pid: number): number {
  const kb = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kb) / 1024);
}
