import pg from 'pg';
import { openRegisteredFleet } from '../dev/simulation/registered-fleet.ts';
import { openTestbed, type Testbed } from '../dev/simulation/testbed.ts';
import { createDeferred } from '../platform/async/deferred.ts';
import { withTimeout } from '../platform/async/with-timeout.ts';
import { type Floors, measureFloors } from './measure/floor.ts';
import { summary } from './measure/statistics.ts';
import { usageDuring } from './measure/usage.ts';
import { writeResults } from './measure/write-results.ts';

const WARM_UPS = 10;
const ROUNDS = 100;
const ANSWER_TIMEOUT_MS = 30_000;

/** One agent, from sending the POST to the commit of the result row, and how long each part of it takes. */
export async function benchRoundtrip(): Promise<void> {
  await using testbed = await openTestbed({ agents: 1 });
  const floors = await measureFloorsOfOneAgent(testbed);
  await using listener = await openListener(testbed.stack.postgres.url);
  const rounds: Round[] = [];
  for (let i = 0; i < WARM_UPS; i++) await measure(testbed, listener.db, `warm-up ${i}`);
  const { cpuSeconds, memoryMb } = await usageDuring(testbed.home, {}, async () => {
    for (let i = 0; i < ROUNDS; i++) rounds.push(await measure(testbed, listener.db, `round ${i}`));
  });
  const summaryOf = (part: keyof Round) => summary(rounds.map((round) => round[part]));
  writeResults('roundtrip', [
    {
      what: 'POST to commit of the result row, ms',
      rounds: ROUNDS,
      ...summaryOf('total'),
      ...floors,
      cpuSeconds,
      memoryMb,
    },
    { what: 'POST to 202', ...summaryOf('accepted') },
    { what: 'POST to target resolved', ...summaryOf('resolved') },
    { what: 'target resolved to command confirmed by the relay', ...summaryOf('published') },
    { what: 'command confirmed to result taken off the relay', ...summaryOf('answered') },
    { what: 'result taken to its commit seen', ...summaryOf('committed') },
  ]);
}

/** Measures with one simulated agent and removes it: the real agent sends back nothing but answers. */
async function measureFloorsOfOneAgent(testbed: Testbed): Promise<Floors> {
  await using _fleet = await openRegisteredFleet(testbed, { count: 1, prefix: 'floor' });
  const floors = await measureFloors(testbed, { prefix: 'floor', runs: 5 });
  await testbed.db.query(`DELETE FROM agents WHERE name LIKE 'floor-%'`);
  return floors;
}

/** A connection that is notified of every change of an action. */
async function openListener(connectionString: string): Promise<{ db: pg.Client } & AsyncDisposable> {
  const db = new pg.Client({ connectionString });
  await db.connect();
  await db.query('LISTEN mig_action');
  return { db, [Symbol.asyncDispose]: () => db.end() };
}

/** Milliseconds of one round in all, and of its parts. */
interface Round {
  total: number;
  accepted: number;
  resolved: number;
  published: number;
  answered: number;
  committed: number;
}

async function measure(testbed: Testbed, db: pg.Client, name: string): Promise<Round> {
  const action = await testbed.sign({ name, target: `status='online'`, expiresInMs: 60_000 });
  const answering = waitForAnswer(db, name);
  const { sentAt, acceptedMs } = await testbed.post(action);
  const { seenAt, resolved, published, finished } = await answering;
  return {
    total: seenAt - sentAt,
    accepted: acceptedMs,
    resolved: resolved - sentAt,
    published: published - resolved,
    answered: finished - published,
    committed: seenAt - finished,
  };
}

/** Milliseconds since 1970. */
interface AnswerTimes {
  resolved: number;
  published: number;
  finished: number;
  /** When the notification of the commit arrived. */
  seenAt: number;
}

/** Resolves when a notification arrives and the action's only command is answered. */
async function waitForAnswer(db: pg.Client, actionName: string): Promise<AnswerTimes> {
  const answer = createDeferred<AnswerTimes>();
  const check = async () => {
    const seenAt = performance.timeOrigin + performance.now();
    const times = await readAnswerTimes(db, actionName);
    if (times) answer.resolve({ ...times, seenAt });
  };
  const onNotification = () => void check().catch(answer.reject);
  db.on('notification', onNotification);
  try {
    return await withTimeout(ANSWER_TIMEOUT_MS, answer.promise, `${actionName}: no answer`);
  } finally {
    db.off('notification', onNotification);
  }
}

async function readAnswerTimes(
  db: pg.Client,
  actionName: string,
): Promise<Omit<AnswerTimes, 'seenAt'> | undefined> {
  const { rows } = await db.query<Omit<AnswerTimes, 'seenAt'>>(
    `SELECT
       extract(epoch FROM c.starttime)::float8 * 1000 AS resolved,
       extract(epoch FROM c.publishedat)::float8 * 1000 AS published,
       extract(epoch FROM c.finishtime)::float8 * 1000 AS finished
     FROM commands c
     JOIN actions a ON a.id = c.actionid
     WHERE a.name = $1 AND c.status = 'success'`,
    [actionName],
  );
  return rows[0];
}
