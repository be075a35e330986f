import type { Client } from '@temporalio/client';
import type { ChannelModel } from 'amqplib';
import type { ActivityDeps } from '../activities/deps.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import { unixMillis } from '../contract/go/time.ts';
import { parseHttpHeartbeat } from '../contract/http-heartbeat.ts';
import { agentQueue } from '../contract/names.ts';
import { createResources } from '../platform/async/resources.ts';
import { startListening } from '../platform/postgres/listen.ts';
import { inTransaction } from '../platform/postgres/pool.ts';
import { recordHeartbeats } from '../platform/postgres/queries/heartbeats.ts';
import {
  claimNewcomers,
  deleteNewcomer,
  type Newcomer,
  trimNewcomers,
} from '../platform/postgres/queries/newcomers.ts';
import { openUpgradesOf } from '../platform/postgres/queries/upgrades/records.ts';
import { type RelayOptions, startSession } from '../platform/rabbitmq/session.ts';
import { hasQueue } from '../platform/rabbitmq/topology.ts';
import { wakeWorkflows } from './collector.ts';

const AT_ONCE = 50;
/** After an error. */
const RETRY_MS = 2_000;
/** However quiet it is: a notification may have been lost with its connection. */
const LOOK_AGAIN_MS = 60_000;
/** Checked by the API when the heartbeat came. */
const ANY_AGE_MS = Number.MAX_SAFE_INTEGER;

interface NewcomerDeps extends ActivityDeps {
  /** Of this process's sessions in Postgres: the one that listens lasts as long as the process does. */
  name: string;
  postgresUrl: string;
  relay: RelayOptions;
  temporal: Client;
}

/**
 * Makes agents of those who registered by HTTP without credentials, once their queue exists on the relay: only who knows
 * the relay's password can declare one. Woken by Postgres' notifications.
 */
export function startNewcomers(deps: NewcomerDeps): AsyncDisposable {
  const resources = createResources();
  const alarm = createAlarm();
  const stop = new AbortController();
  let connection: ChannelModel | undefined;
  const session = startSession({
    relay: deps.relay,
    name: 'mig newcomers',
    log: deps.log,
    setup: async (fresh) => {
      connection = fresh;
      alarm.ring();
    },
    onLost: () => {
      connection = undefined;
    },
  });
  resources.use(session);
  const loop = (async () => {
    while (!stop.signal.aborted) {
      const pauseMs = connection
        ? await checkAll(deps, connection).catch((error: unknown) => {
            deps.log.warn({ error: errorMessage(error) }, 'newcomers not checked');
            return RETRY_MS;
          })
        : LOOK_AGAIN_MS;
      if (!stop.signal.aborted) await alarm.wait(Math.min(pauseMs, LOOK_AGAIN_MS));
    }
  })();
  resources.defer(() => loop);
  resources.defer(() => {
    stop.abort();
    alarm.ring();
  });
  const { postgresUrl, name, log } = deps;
  resources.use(
    startListening({
      url: postgresUrl,
      name,
      channel: 'mig_newcomer',
      log,
      onNotification: alarm.ring,
      onConnected: alarm.ring,
    }),
  );
  return resources;
}

/** Checks all whose turn it is; returns how long nothing is to be done. */
async function checkAll(deps: NewcomerDeps, connection: ChannelModel): Promise<number> {
  let due = await claimNewcomers(deps.pool, AT_ONCE);
  while (due.length > 0) {
    for (const newcomer of due) {
      try {
        if (await hasQueue(connection, agentQueue(newcomer.queueloc))) await welcome(deps, newcomer);
      } catch (error) {
        if (error instanceof MigError) await deleteNewcomer(deps.pool, newcomer);
        const { queueloc } = newcomer;
        deps.log.warn({ queueloc, error: errorMessage(error) }, 'newcomer not registered');
      }
    }
    due = await claimNewcomers(deps.pool, AT_ONCE);
  }
  return (await trimNewcomers(deps.pool)) ?? LOOK_AGAIN_MS;
}

async function welcome(deps: NewcomerDeps, newcomer: Newcomer): Promise<void> {
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

/** Something to wait for that rings at once when it rang before anybody waited. */
function createAlarm() {
  let hasRung = false;
  let wake: () => void = () => {};
  return {
    ring() {
      hasRung = true;
      wake();
    },
    async wait(timeoutMs: number) {
      if (!hasRung) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      }
      hasRung = false;
    },
  };
}
