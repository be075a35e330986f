import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/deps.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { errorMessage } from '../contract/errors.ts';
import { ageAgents, retireOldProcesses } from '../platform/postgres/queries/aging.ts';
import { returnedQueues } from '../platform/postgres/queries/commands.ts';
import { duplicateAgents } from '../platform/postgres/queries/duplicate-agents.ts';
import { trimRejections } from '../platform/postgres/queries/rejections.ts';
import { trimSuspects } from '../platform/postgres/queries/suspects.ts';
import { actionsToWake } from '../platform/postgres/queries/wakes.ts';
import { wakeWorkflows } from './collector.ts';
import { createEndedWorkflowsAudit } from './ended-workflows.ts';
import { createStarter, type Starter } from './starter.ts';

const EVERY_MS = 10_000;
/** Now and then every unfinished action is offered again: Temporal's store may have been wiped under a running worker. */
const FULL_EVERY = 6;

interface ReconcilerDeps extends ActivityDeps {
  temporal: Client;
  idleAfterMs: number;
  offlineAfterMs: number;
  takeRebuilt: () => boolean;
}

/** Makes true again what a crash left half done: workflows never started, signals lost, agents silent. */
export function startReconciler(deps: ReconcilerDeps): AsyncDisposable {
  const stop = new AbortController();
  const reported = new Set<string>();
  const auditEnded = createEndedWorkflowsAudit(deps);
  const starter = createStarter(deps);
  const loop = (async () => {
    for (let round = 0; !stop.signal.aborted; round++) {
      await reconcile(deps, { all: round % FULL_EVERY === 0, starter, auditEnded, reported });
      await sleep(EVERY_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stop.abort();
      await loop;
    },
  };
}

/** Each part by itself: what one cannot get done must not keep the others from their work. */
async function reconcile(
  deps: ReconcilerDeps,
  {
    all,
    starter,
    auditEnded,
    reported,
  }: { all: boolean; starter: Starter; auditEnded: () => Promise<void>; reported: Set<string> },
): Promise<void> {
  const { pool, log } = deps;
  const parts: Record<string, () => Promise<unknown>> = {
    'starting workflows': () => starter.startMissing({ all }),
    'waking workflows': async () => wakeWorkflows(deps, await actionsToWake(pool)),
    'publishing to a rebuilt relay': () => publishToRebuilt(deps),
    'ageing agents': () => ageAgents(pool, deps),
    'retiring processes that were started again': () => retireOldProcesses(pool),
    'auditing ended workflows': auditEnded,
    'trimming rejections': () => trimRejections(pool),
    'trimming suspects': () => trimSuspects(pool),
    ...(all && { 'looking for duplicates': () => reportDuplicates(deps, reported) }),
  };
  for (const [part, run] of Object.entries(parts)) {
    try {
      await run();
    } catch (error) {
      log.warn({ part, error: errorMessage(error) }, 'reconciling failed');
    }
  }
}

/** At once for all; whatever this misses goes out at the next heartbeat of its agent. */
async function publishToRebuilt(deps: ReconcilerDeps): Promise<void> {
  if (deps.takeRebuilt()) await publishOutstanding(deps, await returnedQueues(deps.pool));
}

/** Said once for each pair, as long as it lasts, for somebody to look at: nothing is ended without an order. */
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
