import { createHash } from 'node:crypto';
import { once } from 'node:events';
import pg from 'pg';
import { expect, test } from 'vitest';
import { heartbeatTooLarge } from '../../contract/heartbeat.ts';
import { MAX_HEARTBEAT_BYTES } from '../../contract/limits.ts';
import { EXCHANGE_TO_SCHEDULERS, QUEUE_HEARTBEATS } from '../../contract/names.ts';
import { freePort } from '../../dev/ports.ts';
import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { createPool, type Pool } from '../../platform/postgres/pool.ts';
import { recordAttempt } from '../../platform/postgres/queries/suspects.ts';
import { type GuardOptions, guardBatch } from '../../worker/guard-batch.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { startCrashWorker } from '../setup/crash-worker.ts';
import { log, openPlatform, type Platform } from '../setup/platform.ts';
import { openTcpGate } from '../setup/tcp-gate.ts';

/** Makes a worker die before it reads a message with this word, as from a bug that a message can trigger. */
const DEADLY = 'deadly-word';
/** In its first batch, with the messages redelivered with it, and twice alone. */
const DEATHS = 4;

function startMortalWorker(platform: Platform) {
  const worker = startCrashWorker(platform, { on: DEADLY });
  platform.defer(() => worker.kill('SIGKILL'));
  return worker;
}

function sendHeartbeat(relay: RelayClient, name: string) {
  const now = new Date().toISOString();
  const body = {
    name,
    queueloc: `linux.${name}.1`,
    mode: 'daemon',
    pid: 1,
    heartbeatts: now,
    refreshts: now,
  };
  return relay.publish({
    exchange: EXCHANGE_TO_SCHEDULERS,
    routingKey: QUEUE_HEARTBEATS,
    body: JSON.stringify(body),
  });
}

async function names(platform: Platform): Promise<string[]> {
  const { rows } = await platform.pool.query('SELECT name FROM agents ORDER BY name');
  return rows.map(({ name }) => name);
}

async function rejections(platform: Platform): Promise<string[]> {
  const { rows } = await platform.pool.query('SELECT code FROM rejections');
  return rows.map(({ code }) => code);
}

/** Five worker processes start, one after the other. */
const TIMEOUT_MS = 400_000;

test('a message that crashes workers is dropped after the second crash alone, and no other message is', {
  timeout: TIMEOUT_MS,
}, async () => {
  await using platform = await openPlatform({ worker: false });
  platform.use(await openRelayClient(platform.slot, 'scheduler'));
  const relay = platform.use(await openRelayClient(platform.slot, 'agent'));
  for (const name of ['good-1', DEADLY, 'good-2']) await sendHeartbeat(relay, name);
  for (let death = 1; death <= DEATHS; death++) {
    const [, signal] = await once(startMortalWorker(platform), 'exit');
    expect(signal).toBe('SIGKILL');
    expect(await rejections(platform)).toEqual([]);
  }
  const survivor = startMortalWorker(platform);
  await waitFor('the rejection', async () => (await rejections(platform)).length > 0, { timeoutMs: 120_000 });
  await sendHeartbeat(relay, 'good-3');
  // A message that arrives for the first time is stored before a redelivered one of the same batch.
  await waitFor('the good ones', async () => (await names(platform)).length >= 3);
  expect(survivor.exitCode).toBeNull();
  expect(await names(platform)).toEqual(['good-1', 'good-2', 'good-3']);
  expect(await rejections(platform)).toEqual(['message_deadly']);
  survivor.kill('SIGTERM');
  await once(survivor, 'exit');
});

test('a message redelivered often by consumers that did not read it is stored', async () => {
  await using platform = await openPlatform({ worker: false });
  platform.use(await openRelayClient(platform.slot, 'scheduler'));
  const sender = platform.use(await openRelayClient(platform.slot, 'agent'));
  await sendHeartbeat(sender, 'patient');
  for (let round = 0; round < 5; round++) {
    const taker = await openRelayClient(platform.slot, 'scheduler');
    const taken = await waitFor('the message', () => taker.channel.get(QUEUE_HEARTBEATS));
    expect(taken.fields.redelivered).toBe(round > 0);
    await taker[Symbol.asyncDispose]();
  }
  await using _worker = await startWorker({ config: platform.workerConfig, log });
  await waitFor('the heartbeat', async () => (await names(platform)).includes('patient'));
  expect(await rejections(platform)).toEqual([]);
  await waitFor('no notes left', async () => {
    return (await platform.pool.query('SELECT 1 FROM suspects')).rows.length === 0;
  });
});

/** Another worker, which receives a redelivered body. */
async function handleRedelivered(
  body: Buffer,
  options: Pick<GuardOptions<void>, 'pool' | 'handle'> & { signal?: AbortSignal },
): Promise<void> {
  await guardBatch(
    {
      signal: new AbortController().signal,
      ...options,
      log,
      worker: 'another worker',
      queue: QUEUE_HEARTBEATS,
      maxMessageBytes: MAX_HEARTBEAT_BYTES,
      tooLarge: heartbeatTooLarge,
    },
    [{ body, bytes: body.length, isRedelivered: true }],
  );
}

/** Ends all sessions, as a restart of Postgres does. */
async function endAllSessions(platform: Platform): Promise<void> {
  const superuser = new pg.Client({ connectionString: platform.slot.services.postgres.superuserUrl });
  await superuser.connect();
  await superuser.query(
    `SELECT pg_terminate_backend(pid)
     FROM pg_stat_activity
     WHERE datname = $1 AND application_name LIKE 'mig worker%'`,
    [platform.slot.name],
  );
  await superuser.end();
}

async function workerName(pool: Pool): Promise<string> {
  return waitFor('the worker', async () => {
    const { rows } = await pool.query(
      `SELECT application_name AS name
       FROM pg_stat_activity
       WHERE datname = current_database() AND application_name ~ '^mig worker .*-'
       LIMIT 1`,
    );
    return rows[0]?.name as string | undefined;
  });
}

test('a good message is not dropped when Postgres ends the sessions of all workers', async () => {
  await using platform = await openPlatform();
  const pool = createPool({ url: platform.workerConfig.postgresUrl, name: 'another worker' });
  platform.defer(() => pool.end());
  const worker = await workerName(pool);
  const body = Buffer.from('good');
  const digest = createHash('sha256').update(body).digest('hex');
  for (let attempt = 0; attempt < 2; attempt++)
    await recordAttempt(pool, { queue: QUEUE_HEARTBEATS, digest, worker });
  const handled: string[] = [];
  await endAllSessions(platform);
  await handleRedelivered(body, {
    pool,
    handle: async (bodies) => {
      handled.push(...bodies.map(String));
    },
  });
  expect(handled).toEqual(['good']);
  expect(await rejections(platform)).toEqual([]);
});

test('a worker that ends does not wait for an unreachable database', { timeout: 60_000 }, async () => {
  await using platform = await openPlatform({ worker: false });
  const url = new URL(platform.workerConfig.postgresUrl);
  const gate = platform.use(await openTcpGate(url.hostname, Number(url.port)));
  url.hostname = '127.0.0.1';
  url.port = String(gate.port);
  const pool = createPool({ url: url.href, name: 'another worker' });
  platform.defer(() => pool.end());
  const stop = new AbortController();
  const handling = handleRedelivered(Buffer.from('good'), {
    pool,
    signal: stop.signal,
    handle: async () => {
      gate.redirect(await freePort());
      gate.breakAll();
      setTimeout(() => stop.abort(), 1_500);
      throw new Error('the database is away');
    },
  });
  await expect(handling).rejects.toThrow('the database is away');
});
