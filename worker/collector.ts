import type { Client } from '@temporalio/client';
import type { Channel } from 'amqplib';
import { publishDueCancels } from '../activities/cancels.ts';
import { publishClocks, type WrongClock } from '../activities/clocks.ts';
import type { ActivityDeps } from '../activities/deps.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { storeHeartbeats } from '../activities/heartbeats.ts';
import { createOutstanding, type Outstanding } from '../activities/outstanding.ts';
import { storeResults } from '../activities/results.ts';
import { resultTooLarge } from '../contract/command.ts';
import { errorMessage } from '../contract/errors.ts';
import { heartbeatTooLarge } from '../contract/heartbeat.ts';
import { MAX_HEARTBEAT_BYTES, MAX_RESULT_BYTES } from '../contract/limits.ts';
import { actionWorkflowId, QUEUE_HEARTBEATS, QUEUE_RESULTS } from '../contract/names.ts';
import { createResources } from '../platform/async/resources.ts';
import { passWakeGate } from '../platform/postgres/queries/actions/wakes.ts';
import { openUpgradesOf } from '../platform/postgres/queries/upgrades/records.ts';
import { openChannel } from '../platform/rabbitmq/channels.ts';
import { consumeBatches, type Delivery } from '../platform/rabbitmq/consume.ts';
import { type RelayOptions, type Session, startSession } from '../platform/rabbitmq/session.ts';
import { declareTopology } from '../platform/rabbitmq/topology.ts';
import { signalWorkflow } from '../platform/temporal/workflow-messages.ts';
import { wakeSignal } from '../workflows/messages.ts';
import { type GuardOptions, guardBatch } from './guard-batch.ts';
import { createWaker, type Waker } from './waker.ts';

const WAKE_INTERVAL_MS = 500;
const MB = 1024 * 1024;
/** Of one batch, and of the messages waiting for it: a flood must not fill the memory. */
const LIMITS = { maxBatch: 500, maxBatchBytes: 2 * MB, prefetchBytes: 4 * MB, maxUnackedBytes: 16 * MB };

interface CollectorOptions extends ActivityDeps {
  /** The name of this process's sessions in Postgres. */
  name: string;
  relay: RelayOptions;
  temporal: Client;
  heartbeatMaxAgeMs: number;
}
interface CollectorDeps extends CollectorOptions {
  waker: Waker;
  outstanding: Outstanding<string>;
  dueCancels: Outstanding<string>;
  clocks: Outstanding<WrongClock>;
  /** Batches in flight. */
  inFlight: Set<Promise<unknown>>;
  /** Aborted when this process ends. */
  signal: AbortSignal;
}

/** Restarts the session, which opens a new channel. */
type OnBroken = (error: unknown) => void;

/**
 * Consumes answers and heartbeats, each on a connection of its own: a blocked publisher must not stop acknowledgements,
 * and neither consumer may stop the other.
 */
export function startCollector(options: CollectorOptions): AsyncDisposable {
  const resources = createResources();
  const stop = new AbortController();
  const waker = resources.use(
    createWaker({ intervalMs: WAKE_INTERVAL_MS, wake: (id) => wakeWorkflows(options, [id]) }),
  );
  const deps = {
    ...options,
    waker,
    outstanding: createOutstanding(options, { what: 'commands', publish: publishOutstanding }),
    dueCancels: createOutstanding(options, { what: 'cancels', publish: publishDueCancels }),
    clocks: createOutstanding(options, { what: 'clocks', publish: publishClocks }),
    inFlight: new Set<Promise<unknown>>(),
    signal: stop.signal,
  };
  // Finish batches that have notes in Postgres before the process ends; only waits for the database are aborted.
  resources.defer(() => {
    stop.abort();
    return Promise.allSettled(deps.inFlight);
  });
  resources.use(startConsumer(deps, 'answers', consumeResults));
  resources.use(startConsumer(deps, 'heartbeats', consumeHeartbeats));
  return resources;
}

function startConsumer(
  deps: CollectorDeps,
  what: string,
  consume: (deps: CollectorDeps, channel: Channel, onBroken: OnBroken) => Promise<void>,
): Session {
  return startSession({
    relay: deps.relay,
    name: `mig collector of ${what}`,
    log: deps.log,
    setup: async (connection, self) => {
      const onBroken = (error: unknown) => self.restart(errorMessage(error));
      const channel = await openChannel(connection, self);
      await declareTopology(channel);
      await consume(deps, channel, onBroken);
    },
  });
}

/** Guards the handler against bodies that end processes, and keeps its batches in `inFlight`. */
function guarded<Handled>(
  deps: CollectorDeps,
  options: Omit<GuardOptions<Handled>, 'pool' | 'log' | 'worker' | 'signal'>,
): (deliveries: Delivery[]) => Promise<Handled[]> {
  const { pool, log, name: worker, inFlight, signal } = deps;
  const handle = async (bodies: Buffer[]) => {
    deps.checkpoint('before store', bodies);
    return options.handle(bodies);
  };
  return async (deliveries) => {
    const handling = guardBatch({ ...options, pool, log, worker, signal, handle }, deliveries);
    inFlight.add(handling);
    return handling.finally(() => inFlight.delete(handling));
  };
}

async function consumeResults(deps: CollectorDeps, channel: Channel, onBroken: OnBroken): Promise<void> {
  await consumeBatches(channel, {
    ...LIMITS,
    queue: QUEUE_RESULTS,
    prefetch: 1000,
    maxMessageBytes: MAX_RESULT_BYTES,
    handle: guarded<number[]>(deps, {
      queue: QUEUE_RESULTS,
      maxMessageBytes: MAX_RESULT_BYTES,
      tooLarge: resultTooLarge,
      handle: async (bodies) => {
        const { actionIds } = await storeResults(deps, { bodies });
        deps.checkpoint('after commit before ack');
        return actionIds;
      },
    }),
    afterAck: async (actionIds) => {
      deps.checkpoint('after ack before signal');
      await wake(deps, [...new Set(actionIds.flat())]);
    },
    onBroken,
  });
}

/** Wakes the workflows whose turn it is. The answers are stored, so a lost wake-up is made good by the reconciler. */
async function wake(deps: CollectorDeps, actionIds: readonly number[]): Promise<void> {
  try {
    const { actions, upgrades } = await passWakeGate(deps.pool, {
      ids: actionIds,
      intervalMs: WAKE_INTERVAL_MS,
    });
    for (const id of upgrades) deps.waker.wake(id);
    await wakeWorkflows(deps, actions);
  } catch (error) {
    deps.log.warn({ error: errorMessage(error) }, 'workflows not woken');
  }
}

/** Signals workflows. Neither a finished workflow nor an unreachable Temporal is an error: the reconciler looks again. */
export async function wakeWorkflows(
  deps: Pick<CollectorDeps, 'temporal' | 'log'>,
  actionIds: readonly number[],
): Promise<void> {
  await Promise.all(
    actionIds.map(async (actionId) => {
      try {
        await signalWorkflow(deps.temporal, {
          workflowId: actionWorkflowId(actionId),
          signal: wakeSignal,
        });
      } catch (error) {
        deps.log.warn({ actionId, error: errorMessage(error) }, 'workflow not woken');
      }
    }),
  );
}

async function consumeHeartbeats(deps: CollectorDeps, channel: Channel, onBroken: OnBroken): Promise<void> {
  await consumeBatches(channel, {
    ...LIMITS,
    queue: QUEUE_HEARTBEATS,
    prefetch: 2000,
    maxMessageBytes: MAX_HEARTBEAT_BYTES,
    handle: guarded(deps, {
      queue: QUEUE_HEARTBEATS,
      maxMessageBytes: MAX_HEARTBEAT_BYTES,
      tooLarge: heartbeatTooLarge,
      handle: async (bodies) => {
        const { queuelocs, withNewProcess, withCancelled, wrongClocks } = await storeHeartbeats(deps, bodies);
        deps.outstanding.publishTo(queuelocs);
        if (wrongClocks.length > 0) deps.clocks.publishTo(wrongClocks);
        if (withCancelled.length > 0) deps.dueCancels.publishTo(withCancelled);
        if (withNewProcess.length === 0) return;
        for (const id of await openUpgradesOf(deps.pool, withNewProcess)) deps.waker.wake(id);
      },
    }),
    onBroken,
  });
}
