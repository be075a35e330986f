import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/deps.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { errorMessage } from '../contract/errors.ts';
import { actionWorkflowId } from '../contract/names.ts';
import { SIGNATURES_END_DAYS } from '../contract/sweep/document.ts';
import { runEvery } from '../platform/async/run-every.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { actionsToWake } from '../platform/postgres/queries/actions/wakes.ts';
import { ageAgents, retireOldProcesses } from '../platform/postgres/queries/agents/aging.ts';
import { duplicateAgents } from '../platform/postgres/queries/agents/duplicate-agents.ts';
import { actionsWithNews } from '../platform/postgres/queries/brakes/brakes.ts';
import { returnedQueues } from '../platform/postgres/queries/commands/commands.ts';
import { reportEndingSignatures, trimEvents } from '../platform/postgres/queries/events.ts';
import { trimRejections } from '../platform/postgres/queries/rejections.ts';
import { trimSuspects } from '../platform/postgres/queries/suspects.ts';
import { trimDeliveries } from '../platform/postgres/queries/webhooks/work.ts';
import { signalWorkflow } from '../platform/temporal/workflow-messages.ts';
import { brakesSignal } from '../workflows/messages.ts';
import { wakeWorkflows } from './collector.ts';
import { createEndedWorkflowsAudit } from './ended-workflows.ts';
import { createStarter, type Starter } from './starter.ts';
import { createSweepSchedules, type SweepSchedules } from './sweep-schedules.ts';

const EVERY_MS = 10_000;
/** Every sixth round offers all unfinished actions again: Temporal's store may be wiped under a running worker. */
const FULL_EVERY = 6;
/** Readers of the outbox may be away for so long. */
const EVENT_KEEP_DAYS = 90;
/** A delivery waits longer than its tries take only for a webhook that is disabled or overloaded. */
const DELIVERY_WAIT_DAYS = 7;
const DELIVERY_KEEP_DAYS = 30;

interface ReconcilerDeps extends ActivityDeps {
  temporal: Client;
  idleAfterMs: number;
  offlineAfterMs: number;
  consumeRebuilt: () => boolean;
}

/** Repairs what a crash left half done: workflows never started, lost signals, silent agents. */
export function startReconciler(deps: ReconcilerDeps): AsyncDisposable {
  const reported = new Set<string>();
  const auditEnded = createEndedWorkflowsAudit(deps);
  const starter = createStarter(deps);
  const sweeps = createSweepSchedules(deps);
  let round = 0;
  return runEvery({
    everyMs: EVERY_MS,
    run: async () => {
      const all = round % FULL_EVERY === 0;
      round++;
      await reconcile(deps, { all, starter, sweeps, auditEnded, reported });
    },
  });
}

/** Runs each part by itself: a failure of one must not stop the others. */
async function reconcile(
  deps: ReconcilerDeps,
  {
    all,
    starter,
    sweeps,
    auditEnded,
    reported,
  }: {
    all: boolean;
    starter: Starter;
    sweeps: SweepSchedules;
    auditEnded: () => Promise<void>;
    reported: Set<string>;
  },
): Promise<void> {
  const { pool, log } = deps;
  const parts: Record<string, () => Promise<unknown>> = {
    'starting workflows': () => starter.startMissing({ all }),
    'keeping schedules': () => sweeps.keep({ all }),
    'accounting for sweeps': () => sweeps.account(),
    'starting sweeps': () => sweeps.startRuns({ all }),
    'waking workflows': async () => wakeWorkflows(deps, await actionsToWake(pool)),
    'telling workflows of brakes': () => tellOfBrakes(deps),
    'publishing to a rebuilt relay': () => publishToRebuilt(deps),
    'ageing agents': () => ageAgents(pool, deps),
    'retiring restarted processes': () => retireOldProcesses(pool),
    'auditing ended workflows': auditEnded,
    'trimming rejections': () => trimRejections(pool),
    'trimming suspects': () => trimSuspects(pool),
  };
  if (all) parts['trimming events'] = () => trimOutbox(pool);
  if (all) parts['watching signatures'] = () => reportSignatures(deps);
  if (all) parts['looking for duplicates'] = () => reportDuplicates(deps, reported);
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      log.warn({ part, error: errorMessage(error) }, 'reconciling failed');
    }
  }
}

async function trimOutbox(pool: Pool): Promise<void> {
  await trimDeliveries(pool, { waitDays: DELIVERY_WAIT_DAYS, keepDays: DELIVERY_KEEP_DAYS });
  await trimEvents(pool, EVENT_KEEP_DAYS);
}

/** An investigator needs weeks to sign the next runs, not hours. */
async function reportSignatures({ pool, log }: ReconcilerDeps): Promise<void> {
  for (const sweep of await reportEndingSignatures(pool, SIGNATURES_END_DAYS)) {
    log.warn({ sweep, days: SIGNATURES_END_DAYS }, 'the signed runs of a sweep end soon');
  }
}

/** Signals the workflows that have not looked at other brakes, or at agents that can be reached again. */
async function tellOfBrakes({ pool, log, temporal }: ReconcilerDeps): Promise<void> {
  for (const actionId of await actionsWithNews(pool)) {
    try {
      await signalWorkflow(temporal, { workflowId: actionWorkflowId(actionId), signal: brakesSignal });
    } catch (error) {
      log.warn({ actionId, error: errorMessage(error) }, 'workflow not told of brakes');
    }
  }
}

/** Publishes to all endpoints at once. Commands that this misses go out at the next heartbeat of their agent. */
async function publishToRebuilt(deps: ReconcilerDeps): Promise<void> {
  if (deps.consumeRebuilt()) await publishOutstanding(deps, await returnedQueues(deps.pool));
}

/** Logs each pair of agents once while it lasts, for an operator to look at: no agent ends without an order. */
async function reportDuplicates({ pool, log }: ReconcilerDeps, reported: Set<string>): Promise<void> {
  const present = new Set<string>();
  for (const duplicate of await duplicateAgents(pool)) {
    const key = `${duplicate.queueloc} ${duplicate.oldPid} ${duplicate.newPid}`;
    present.add(key);
    if (!reported.has(key)) log.warn(duplicate, 'two agents answer for one endpoint');
  }
  reported.clear();
  for (const key of present) reported.add(key);
}
