import { randomUUID } from 'node:crypto';
import type { Checkpoint } from '../activities/deps.ts';
import { createActivities } from '../activities/register.ts';
import { createResources } from '../platform/async/resources.ts';
import type { Logger } from '../platform/log.ts';
import type { ResolveHost } from '../platform/network/resolve-host.ts';
import { createSigner } from '../platform/openpgp/sign.ts';
import { createPool } from '../platform/postgres/pool.ts';
import { RESOLVE_NOTHING, requireTargetRights } from '../platform/postgres/queries/targets.ts';
import { startSettingsAudit } from '../platform/postgres/settings-audit.ts';
import { createSingleUseSessions } from '../platform/postgres/single-use-sessions.ts';
import { createTemporalClient } from '../platform/temporal/client.ts';
import { startCollector } from './collector.ts';
import type { WorkerConfig } from './config.ts';
import { startNewcomers } from './newcomers.ts';
import { startPublishing } from './publishing.ts';
import { startReconciler } from './reconciler.ts';
import { startEvents } from './start-events.ts';
import { startTemporalWorkers } from './temporal-workers.ts';
import { createWorkflowControl } from './workflow-control.ts';

/** Kept small: slow targets then delay only other targets. */
const TARGETS_AT_ONCE = 4;

interface WorkerDeps {
  config: WorkerConfig;
  log: Logger;
  /** Named places where the fault tests kill the process; does nothing otherwise. */
  checkpoint?: (name: Checkpoint, bodies?: readonly Buffer[]) => void;
  /** Finds the addresses of webhooks; by the machine's name servers otherwise. */
  resolve?: ResolveHost;
}

interface RunningWorker extends AsyncDisposable {
  /** Rejects when the relay must not be used. */
  refusal: Promise<never>;
}

/** Starts all of one worker process: workflows, activities, collector, newcomers, events, reconciler. */
export async function startWorker({
  config,
  log,
  checkpoint = () => {},
  resolve,
}: WorkerDeps): Promise<RunningWorker> {
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
    sweepYieldMs: config.sweepYieldMs,
  });
  stack.use(publishing.session);
  const deps = {
    pool,
    log,
    publisher: publishing.publisher,
    sweepLimiter: publishing.sweepLimiter,
    countWaitingAnswers: publishing.countWaitingAnswers,
    targets,
    signer: config.schedulerKey === undefined ? undefined : await createSigner(config.schedulerKey),
    upgrades: config.upgrades,
    workflows: createWorkflowControl({ temporal: temporal.client, pool }),
    checkpoint,
    temporal: temporal.client,
  };
  const activities = createActivities(deps);
  const { temporal: options, workflowBundle } = config;
  const workers = startTemporalWorkers({ temporal: options, workflowBundle, activities, log });
  stack.use(await Promise.race([workers, publishing.refusal]));
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
  stack.use(
    startEvents({ pool, log, name, postgresUrl: config.postgresUrl, resolve, checkpoint }, config.events),
  );
  const { idleAfterMs, offlineAfterMs } = config;
  stack.use(
    startReconciler({ ...deps, idleAfterMs, offlineAfterMs, consumeRebuilt: publishing.consumeRebuilt }),
  );
  log.info('worker started');
  return Object.assign(stack, { refusal: publishing.refusal });
}
