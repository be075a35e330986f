import type { Client } from '@temporalio/client';
import type { ChannelModel } from 'amqplib';
import type { ActivityDeps } from '../activities/deps.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import { unixMillis } from '../contract/go/time.ts';
import { parseHttpHeartbeat } from '../contract/http-heartbeat.ts';
import { agentQueue } from '../contract/names.ts';
import { createResources } from '../platform/async/resources.ts';
import { createWakeUp } from '../platform/async/wake-up.ts';
import { startListening } from '../platform/postgres/listen.ts';
import { inTransaction } from '../platform/postgres/pool.ts';
import { recordHeartbeats } from '../platform/postgres/queries/agents/heartbeats.ts';
import {
  claimNewcomers,
  deleteNewcomer,
  type Newcomer,
  trimNewcomers,
} from '../platform/postgres/queries/agents/newcomers.ts';
import { openUpgradesOf } from '../platform/postgres/queries/upgrades/records.ts';
import { type RelayOptions, startSession } from '../platform/rabbitmq/session.ts';
import { hasQueue } from '../platform/rabbitmq/topology.ts';
import { wakeWorkflows } from './collector.ts';

const AT_ONCE = 50;
/** The pause after an error. */
const RETRY_MS = 2_000;
/** Longest pause: a notification may be lost together with its connection. */
const MAX_PAUSE_MS = 60_000;
/** The API already checked the age. */
const ANY_AGE_MS = Number.MAX_SAFE_INTEGER;

interface NewcomerDeps extends ActivityDeps {
  /** The name of this process's sessions in Postgres; the listening one lasts as long as the process. */
  name: string;
  postgresUrl: string;
  relay: RelayOptions;
  temporal: Client;
}

/**
 * Registers agents whose heartbeats came by HTTP without credentials, once their queue exists on the relay: declaring a
 * queue needs the relay's password. Notifications of Postgres wake it.
 */
export function startNewcomers(deps: NewcomerDeps): AsyncDisposable {
  const resources = createResources();
  const wakeUp = createWakeUp();
  const stop = new AbortController();
  let connection: ChannelModel | undefined;
  const session = startSession({
    relay: deps.relay,
    name: 'mig newcomers',
    log: deps.log,
    setup: async (fresh) => {
      connection = fresh;
      wakeUp.wake();
    },
    onLost: () => {
      connection = undefined;
    },
  });
  resources.use(session);
  const checkForever = async () => {
    while (!stop.signal.aborted) {
      const pauseMs = connection ? await checkSafely(deps, connection) : MAX_PAUSE_MS;
      if (!stop.signal.aborted) await wakeUp.wait(Math.min(pauseMs, MAX_PAUSE_MS));
    }
  };
  const checking = checkForever();
  resources.defer(() => checking);
  resources.defer(() => {
    stop.abort();
    wakeUp.wake();
  });
  const { postgresUrl, name, log } = deps;
  resources.use(
    startListening({
      url: postgresUrl,
      name,
      channel: 'mig_newcomer',
      log,
      onNotification: wakeUp.wake,
      onConnected: wakeUp.wake,
    }),
  );
  return resources;
}

/** Like `checkAll`, but retries soon after an error. */
async function checkSafely(deps: NewcomerDeps, connection: ChannelModel): Promise<number> {
  try {
    return await checkAll(deps, connection);
  } catch (error) {
    deps.log.warn({ error: errorMessage(error) }, 'newcomers not checked');
    return RETRY_MS;
  }
}

/** Checks the newcomers that are due; returns the milliseconds until the next one is. */
async function checkAll(deps: NewcomerDeps, connection: ChannelModel): Promise<number> {
  let due = await claimNewcomers(deps.pool, AT_ONCE);
  while (due.length > 0) {
    for (const newcomer of due) {
      try {
        if (await hasQueue(connection, agentQueue(newcomer.queueloc))) await register(deps, newcomer);
      } catch (error) {
        if (error instanceof MigError) await deleteNewcomer(deps.pool, newcomer);
        const { queueloc } = newcomer;
        deps.log.warn({ queueloc, error: errorMessage(error) }, 'newcomer not registered');
      }
    }
    due = await claimNewcomers(deps.pool, AT_ONCE);
  }
  return (await trimNewcomers(deps.pool)) ?? MAX_PAUSE_MS;
}

async function register(deps: NewcomerDeps, newcomer: Newcomer): Promise<void> {
  const heartbeat = parseHttpHeartbeat(Buffer.from(newcomer.body), {
    nowMs: unixMillis(newcomer.receivedat),
    maxAgeMs: ANY_AGE_MS,
  });
  await inTransaction(deps.pool, async (db) => {
    await recordHeartbeats(db, [heartbeat]);
    await deleteNewcomer(db, newcomer);
  });
  await wakeWorkflows(deps, await openUpgradesOf(deps.pool, [heartbeat.queueloc]));
  await publishOutstanding(deps, [heartbeat.queueloc]);
}
