import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { ChannelModel } from 'amqplib';
import type { ActionActivities, ActivityDeps } from '../activities/create-activities.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import { type Heartbeat, parseRelayHeartbeat } from '../contract/heartbeat.ts';
import { actionWorkflowId, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../contract/names.ts';
import { passWakeGate } from '../platform/postgres/queries/actions.ts';
import { recordHeartbeats } from '../platform/postgres/queries/agents.ts';
import { recordRejections } from '../platform/postgres/queries/rejections.ts';
import { openUpgradesOf } from '../platform/postgres/queries/upgrades.ts';
import { consumeBatches } from '../platform/rabbitmq/consume.ts';
import { type RelayOptions, startSession } from '../platform/rabbitmq/session.ts';
import { declareTopology } from '../platform/rabbitmq/topology.ts';
import { createResources } from '../platform/resources.ts';
import { wakeSignal } from '../workflows/messages.ts';
import { createWaker, type Waker } from './waker.ts';

const WAKE_INTERVAL_MS = 500;
/** What is parsed and written at the same time: a flood of large answers must not fill the memory. */
const MAX_BATCH_BYTES = 2 * 1024 * 1024;
const PREFETCH_BYTES = 2 * MAX_BATCH_BYTES;

interface CollectorOptions extends ActivityDeps {
  relay: RelayOptions;
  temporal: Client;
  activities: Pick<ActionActivities, 'storeResults'>;
  heartbeatMaxAgeMs: number;
}
type CollectorDeps = CollectorOptions & { waker: Waker };

/** Takes answers and heartbeats off the relay, on a connection of its own: a blocked publisher must not stop acks. */
export function startCollector(options: CollectorOptions): AsyncDisposable {
  const resources = createResources();
  const waker = resources.use(
    createWaker({ intervalMs: WAKE_INTERVAL_MS, wake: (id) => wakeWorkflows(options, [id]) }),
  );
  const deps = { ...options, waker };
  const session = startSession({
    relay: deps.relay,
    name: 'mig collector',
    log: deps.log,
    setup: async (connection, self) => {
      const onBroken = (error: unknown) => self.restart(errorMessage(error));
      await consumeResults(deps, connection, onBroken);
      await consumeHeartbeats(deps, connection, onBroken);
    },
  });
  resources.use(session);
  return resources;
}

async function consumeResults(
  deps: CollectorDeps,
  connection: ChannelModel,
  onBroken: (error: unknown) => void,
) {
  const channel = await connection.createChannel();
  channel.on('error', onBroken);
  await declareTopology(channel);
  let toWake: number[] = [];
  await consumeBatches(channel, {
    queue: QUEUE_RESULTS,
    prefetch: 1000,
    prefetchBytes: PREFETCH_BYTES,
    maxBatch: 500,
    maxBatchBytes: MAX_BATCH_BYTES,
    handle: async (bodies) => {
      toWake = (await deps.activities.storeResults({ bodies })).actionIds;
      deps.checkpoint('after commit before ack');
    },
    afterAck: async () => {
      deps.checkpoint('after ack before signal');
      const { actions, upgrades } = await passWakeGate(deps.pool, toWake, WAKE_INTERVAL_MS);
      for (const id of upgrades) deps.waker.wake(id);
      await wakeWorkflows(deps, actions);
    },
    onBroken,
  });
}

/** Signals workflows; one that is gone or a server that is away is no reason to stop: the reconciler looks again. */
export async function wakeWorkflows(
  deps: Pick<CollectorDeps, 'temporal' | 'log'>,
  actionIds: readonly number[],
): Promise<void> {
  await Promise.all(
    actionIds.map(async (actionId) => {
      try {
        await deps.temporal.withDeadline(Date.now() + 5000, () =>
          deps.temporal.workflow.getHandle(actionWorkflowId(actionId)).signal(wakeSignal),
        );
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return;
        deps.log.warn({ actionId, error: errorMessage(error) }, 'workflow not woken');
      }
    }),
  );
}

async function consumeHeartbeats(
  deps: CollectorDeps,
  connection: ChannelModel,
  onBroken: (error: unknown) => void,
) {
  const channel = await connection.createChannel();
  channel.on('error', onBroken);
  await consumeBatches(channel, {
    queue: QUEUE_HEARTBEATS,
    prefetch: 2000,
    prefetchBytes: PREFETCH_BYTES,
    maxBatch: 500,
    maxBatchBytes: MAX_BATCH_BYTES,
    handle: (bodies) => takeHeartbeats(deps, bodies),
    onBroken,
  });
}

async function takeHeartbeats(deps: CollectorDeps, bodies: readonly Buffer[]): Promise<void> {
  const heartbeats: Heartbeat[] = [];
  const refused: string[] = [];
  for (const body of bodies) {
    try {
      heartbeats.push(parseRelayHeartbeat(body, Date.now(), deps.heartbeatMaxAgeMs));
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
      refused.push(error.message);
      deps.log.warn({ reason: error.message }, 'heartbeat refused');
    }
  }
  if (refused.length > 0) {
    const rows = refused.map((message) => ({
      queue: QUEUE_HEARTBEATS,
      code: 'heartbeat_invalid',
      message,
      commandId: undefined,
    }));
    await recordRejections(deps.pool, rows);
  }
  if (heartbeats.length === 0) return;
  const newcomers = await recordHeartbeats(deps.pool, heartbeats);
  if (newcomers.length > 0) for (const id of await openUpgradesOf(deps.pool, newcomers)) deps.waker.wake(id);
  void publishOutstanding(
    deps,
    heartbeats.map(({ queueloc }) => queueloc),
  ).catch((error: unknown) => {
    // They stay unpublished and go out at the next heartbeat.
    deps.log.warn({ error: errorMessage(error) }, 'outstanding commands not published');
  });
}
