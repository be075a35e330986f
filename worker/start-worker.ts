import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import type { Checkpoint } from '../activities/deps.ts';
import { createActivities } from '../activities/register.ts';
import { errorMessage } from '../contract/errors.ts';
import { TASK_QUEUE_BULK, TASK_QUEUE_INTERACTIVE } from '../contract/names.ts';
import { createResources } from '../platform/async/resources.ts';
import type { Logger } from '../platform/log.ts';
import { unreachable } from '../platform/network/unreachable.ts';
import { createSigner } from '../platform/openpgp/sign.ts';
import { createPool } from '../platform/postgres/pool.ts';
import { RESOLVE_NOTHING, requireTargetRights } from '../platform/postgres/queries/targets.ts';
import { startSettingsAudit } from '../platform/postgres/settings-audit.ts';
import { createSingleUseSessions } from '../platform/postgres/single-use-sessions.ts';
import {
  connectionOptions,
  createTemporalClient,
  type TemporalOptions,
} from '../platform/temporal/client.ts';
import { loadWorkflowBundle } from './bundle.ts';
import { startCollector } from './collector.ts';
import type { WorkerConfig } from './config.ts';
import { startNewcomers } from './newcomers.ts';
import { startPublishing } from './publishing.ts';
import { startReconciler } from './reconciler.ts';

const CONNECT_EVERY_MS = 1_000;
const CONNECT_ATTEMPTS = 300;
/** Few: a slow target holds up other targets, and nothing else. */
const TARGETS_AT_ONCE = 4;

interface WorkerDeps {
  config: WorkerConfig;
  log: Logger;
  /** Named places where the fault tests kill the process; does nothing otherwise. */
  checkpoint?: (name: Checkpoint, bodies?: readonly Buffer[]) => void;
}

interface RunningWorker extends AsyncDisposable {
  /** Rejects when the relay turns out to be one that must not be used. */
  refusal: Promise<never>;
}

/** Everything of one worker process: workflows and activities of both task queues, collector, reconciler. */
export async function startWorker({
  config,
  log,
  checkpoint = () => {},
}: WorkerDeps): Promise<RunningWorker> {
  installRuntime(log);
  const stack = createResources();
  const name = `mig worker ${randomUUID()}`;
  const pool = createPool({ url: config.postgresUrl, name, max: 20 });
  stack.defer(() => pool.end());
  const targets = stack.use(
    createSingleUseSessions({
      url: config.targetPostgresUrl,
      name: 'mig worker targets',
      max: TARGETS_AT_ONCE,
      timeoutMs: config.targetTimeoutMs,
      warmUp: RESOLVE_NOTHING,
    }),
  );
  await requireTargetRights(targets, RESOLVE_NOTHING);
  const temporal = createTemporalClient(config.temporal);
  stack.defer(temporal.close);
  const publishing = startPublishing({
    relay: config.relay,
    pool,
    log,
    sweepRateBesideOthers: config.sweepRateBesideOthers,
  });
  stack.use(publishing.session);
  const deps = {
    pool,
    log,
    publisher: publishing.publisher,
    sweepLimiter: publishing.sweepLimiter,
    targets,
    signer: config.schedulerKey === undefined ? undefined : await createSigner(config.schedulerKey),
    upgrades: config.upgrades,
    checkpoint,
    temporal: temporal.client,
  };
  const activities = createActivities(deps);
  const workers = await Promise.race([createWorkers({ config, log, activities }), publishing.refusal]);
  stack.defer(workers.close);
  stack.use(
    startCollector({
      ...deps,
      name,
      relay: config.relay,
      heartbeatMaxAgeMs: config.heartbeatMaxAgeMs,
    }),
  );
  stack.use(startNewcomers({ ...deps, name, relay: config.relay, postgresUrl: config.postgresUrl }));
  stack.use(startSettingsAudit({ pool, log, program: 'worker', config }));
  const { idleAfterMs, offlineAfterMs } = config;
  stack.use(startReconciler({ ...deps, idleAfterMs, offlineAfterMs, takeRebuilt: publishing.takeRebuilt }));
  log.info('worker started');
  return Object.assign(stack, { refusal: publishing.refusal });
}

/** Temporal may be away while a worker starts, as it may be while it runs; after minutes somebody must look. */
async function connectToTemporal(temporal: TemporalOptions, log: Logger): Promise<NativeConnection> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await NativeConnection.connect(connectionOptions(temporal));
    } catch (error) {
      const { address } = temporal;
      if (attempt >= CONNECT_ATTEMPTS)
        throw unreachable({ service: 'Temporal', address, setting: 'TEMPORAL_ADDRESS' }, error);
      log.warn({ attempt, address, error: errorMessage(error) }, 'Temporal does not answer yet');
      await sleep(CONNECT_EVERY_MS);
    }
  }
}

async function createWorkers({
  config,
  log,
  activities,
}: {
  config: WorkerConfig;
  log: Logger;
  activities: object;
}) {
  const connection = await connectToTemporal(config.temporal, log);
  const codePath = config.workflowBundle ?? (await loadWorkflowBundle());
  const common = {
    connection,
    namespace: config.temporal.namespace,
    activities,
    shutdownGraceTime: '5 seconds',
  };
  const interactive = await Worker.create({
    ...common,
    taskQueue: TASK_QUEUE_INTERACTIVE,
    workflowBundle: { codePath },
  });
  const bulk = await Worker.create({ ...common, taskQueue: TASK_QUEUE_BULK });
  const running = [interactive, bulk].map((worker) => worker.run());
  return {
    async close() {
      for (const worker of [interactive, bulk]) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(running);
      await connection.close();
    },
  };
}

/** Temporal's own log lines go where ours go. Once per process: the runtime is a singleton. */
function installRuntime(log: Logger): void {
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    log[level === 'ERROR' ? 'error' : 'warn']({ meta }, message);
  });
  try {
    Runtime.install({ logger, shutdownSignals: [] });
  } catch {
    // installed already, by a test in this process
  }
}
