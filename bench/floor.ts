import { connect } from 'amqplib';
import { agentQueue, EXCHANGE_TO_AGENTS, QUEUE_RESULTS } from '../contract/names.ts';
import type { BenchPlatform } from '../dev/simulation/platform.ts';
import { relayOptionsOf } from '../dev/simulation/relay.ts';
import { type StackFile, startPart, stopPart } from '../dev/stack/stack.ts';
import { median, roundFine as round } from './report.ts';

const BYTES = 2000;
const FLOOR_RUNS = 3;

/**
 * What the relay and the database alone take on this machine in this run, in seconds, for one message to each of the agents
 * whose names begin so, and one row for each. The worker is stopped meanwhile.
 */
export async function measureFloors(
  platform: BenchPlatform,
  { prefix, runs = FLOOR_RUNS, warmUps = 1 }: { prefix: string; runs?: number; warmUps?: number },
): Promise<{ relayFloor: number; databaseFloor: number }> {
  const { home, stack, db } = platform;
  await stopPart(home, 'worker');
  const { rows } = await db.query<{ queueloc: string }>('SELECT queueloc FROM agents WHERE name LIKE $1', [
    `${prefix}-%`,
  ]);
  const queuelocs = rows.map(({ queueloc }) => queueloc);
  // The first message of a queue creates its files.
  for (let run = 0; run < warmUps; run++) await relayFloor(stack, queuelocs);
  const relay: number[] = [];
  for (let run = 0; run < runs; run++) relay.push(await relayFloor(stack, queuelocs));
  const database: number[] = [];
  for (let run = 0; run < runs; run++) database.push(await databaseFloor(platform, queuelocs.length));
  await startPart(home, 'worker');
  return { relayFloor: round(median(relay)), databaseFloor: round(median(database)) };
}

/**
 * The relay alone, in seconds: a message of 2 kB to each agent's queue, published at once and confirmed, and what the
 * agents send straight back, taken off the results queue. The worker must not run meanwhile: it consumes that queue.
 */
async function relayFloor(stack: StackFile, queuelocs: readonly string[]): Promise<number> {
  const connection = await connect(...relayOptionsOf(stack, 'scheduler'));
  try {
    const publish = await connection.createConfirmChannel();
    const consume = await connection.createChannel();
    await consume.prefetch(2000);
    let answers = 0;
    let finish: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      finish = resolve;
    });
    await consume.consume(QUEUE_RESULTS, (message) => {
      if (!message) return;
      consume.ack(message);
      if (++answers === queuelocs.length) finish();
    });
    const body = Buffer.alloc(BYTES, 'x');
    const began = performance.now();
    for (const queueloc of queuelocs) {
      publish.publish(EXCHANGE_TO_AGENTS, agentQueue(queueloc), body, { persistent: true, mandatory: true });
    }
    await publish.waitForConfirms();
    await all;
    return (performance.now() - began) / 1000;
  } finally {
    await connection.close();
  }
}

/** The database alone, in seconds: as many command rows written in one statement, then answered in batches of 500. */
async function databaseFloor({ db }: BenchPlatform, count: number): Promise<number> {
  const client = await db.connect();
  try {
    await client.query('CREATE UNLOGGED TABLE floor (LIKE commands INCLUDING ALL)');
    await client.query('ALTER TABLE floor SET LOGGED');
    const began = performance.now();
    await client.query(
      `INSERT INTO floor (id, actionid, agentid, queueloc, status, starttime)
       SELECT n, 1, n, 'linux.floor.' || n, 'sent', now() FROM generate_series(1, $1::int) n`,
      [count],
    );
    const results = JSON.stringify([{ foundanything: true, elements: 'x'.repeat(BYTES / 4) }]);
    for (let from = 1; from <= count; from += 500) {
      await client.query(
        `UPDATE floor SET status = 'success', results = $3::json, finishtime = now() WHERE id BETWEEN $1 AND $2`,
        [from, from + 499, results],
      );
    }
    return (performance.now() - began) / 1000;
  } finally {
    await client.query('DROP TABLE IF EXISTS floor');
    client.release();
  }
}
