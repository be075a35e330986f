import { connect } from 'amqplib';
import { agentQueue, EXCHANGE_TO_AGENTS, QUEUE_RESULTS } from '../../contract/names.ts';
import { relayOptionsOf } from '../../dev/simulation/relay.ts';
import type { Testbed } from '../../dev/simulation/testbed.ts';
import { startPart, stopPart } from '../../dev/stack/parts.ts';
import type { StackFile } from '../../dev/stack/stack-file.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import { median, round } from './statistics.ts';

const MESSAGE_BYTES = 2000;
const RUNS = 3;
const PREFETCH = 2000;
const BATCH = 500;

/** Seconds that the relay alone and the database alone take. */
export interface Floors {
  relayFloor: number;
  databaseFloor: number;
}

/**
 * Measures what the relay alone and the database alone take on this machine, in this run, for one message and one row for
 * each agent with this name prefix. The worker is stopped meanwhile: it consumes the same queue.
 */
export async function measureFloors(
  { home, stack, db }: Testbed,
  { prefix, runs = RUNS, warmUps = 1 }: { prefix: string; runs?: number; warmUps?: number },
): Promise<Floors> {
  await stopPart(home, 'worker');
  const { rows } = await db.query<{ queueloc: string }>(
    `SELECT queueloc
     FROM agents
     WHERE name LIKE $1`,
    [`${prefix}-%`],
  );
  const queuelocs = rows.map(({ queueloc }) => queueloc);
  // The first message of a queue creates its files.
  for (let run = 0; run < warmUps; run++) await timeRelay(stack, queuelocs);
  const relay: number[] = [];
  for (let run = 0; run < runs; run++) relay.push(await timeRelay(stack, queuelocs));
  const database: number[] = [];
  for (let run = 0; run < runs; run++) database.push(await timeDatabase(db, queuelocs.length));
  await startPart(home, 'worker');
  return { relayFloor: round(median(relay), 4), databaseFloor: round(median(database), 4) };
}

/** Publishes a message of 2 kB to each agent's queue, and consumes what the agents send straight back. Returns seconds. */
async function timeRelay(stack: StackFile, queuelocs: readonly string[]): Promise<number> {
  const connection = await connect(...relayOptionsOf(stack, 'scheduler'));
  try {
    const publish = await connection.createConfirmChannel();
    const consume = await connection.createChannel();
    await consume.prefetch(PREFETCH);
    const allAnswered = createDeferred();
    let answers = 0;
    await consume.consume(QUEUE_RESULTS, (message) => {
      if (!message) return;
      consume.ack(message);
      answers++;
      if (answers === queuelocs.length) allAnswered.resolve();
    });
    const body = Buffer.alloc(MESSAGE_BYTES, 'x');
    const startedAt = performance.now();
    for (const queueloc of queuelocs) {
      publish.publish(EXCHANGE_TO_AGENTS, agentQueue(queueloc), body, { persistent: true, mandatory: true });
    }
    await publish.waitForConfirms();
    await allAnswered.promise;
    return (performance.now() - startedAt) / 1000;
  } finally {
    await connection.close();
  }
}

/** Inserts a row for each command in one statement, then updates them in batches. Returns seconds. */
async function timeDatabase(db: Testbed['db'], count: number): Promise<number> {
  const client = await db.connect();
  try {
    await client.query('CREATE UNLOGGED TABLE floor (LIKE commands INCLUDING ALL)');
    await client.query('ALTER TABLE floor SET LOGGED');
    const startedAt = performance.now();
    await client.query(
      `INSERT INTO floor (id, actionid, agentid, queueloc, status, starttime)
       SELECT n, 1, n, 'linux.floor.' || n, 'sent', now()
       FROM generate_series(1, $1::int) n`,
      [count],
    );
    const results = JSON.stringify([{ foundanything: true, elements: 'x'.repeat(MESSAGE_BYTES / 4) }]);
    for (let first = 1; first <= count; first += BATCH) {
      await client.query(
        `UPDATE floor
         SET
           status = 'success',
           results = $3::json,
           finishtime = now()
         WHERE id BETWEEN $1 AND $2`,
        [first, first + BATCH - 1, results],
      );
    }
    return (performance.now() - startedAt) / 1000;
  } finally {
    await client.query('DROP TABLE IF EXISTS floor');
    client.release();
  }
}
