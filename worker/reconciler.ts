import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/create-activities.ts';
import { publishOutstanding } from '../activities/dispatch.ts';
import { errorMessage } from '../contract/errors.ts';
import {
  actionById,
  actionsToStart,
  actionsToWake,
  markWorkflowStarted,
} from '../platform/postgres/queries/actions.ts';
import { ageAgents, duplicateAgents } from '../platform/postgres/queries/agents.ts';
import { returnedQueues } from '../platform/postgres/queries/commands.ts';
import { investigatorsOfActions } from '../platform/postgres/queries/investigators.ts';
import { trimRejections } from '../platform/postgres/queries/rejections.ts';
import { type ActionCard, startActionWorkflow } from '../platform/temporal/start-action.ts';
import { wakeWorkflows } from './collector.ts';

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
  const loop = (async () => {
    for (let round = 0; !stop.signal.aborted; round++) {
      try {
        const all = round % FULL_EVERY === 0;
        await reconcile(deps, { all });
        if (all) await reportDuplicates(deps, reported);
      } catch (error) {
        deps.log.warn({ error: errorMessage(error) }, 'reconciling failed');
      }
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

async function reconcile(deps: ReconcilerDeps, { all }: { all: boolean }): Promise<void> {
  for (const actionId of await actionsToStart(deps.pool, { all })) {
    const card = await actionCard(deps, actionId);
    if (!card) continue;
    await startActionWorkflow(deps.temporal, card);
    await markWorkflowStarted(deps.pool, actionId);
  }
  await wakeWorkflows(deps, await actionsToWake(deps.pool));
  // At once for all; whatever this misses goes out at the next heartbeat of its agent.
  if (deps.takeRebuilt()) await publishOutstanding(deps, await returnedQueues(deps.pool));
  await ageAgents(deps.pool, deps);
  await trimRejections(deps.pool);
}

/** Said once for each pair, for somebody to look at: nothing is ended without an order. */
async function reportDuplicates({ pool, log }: ReconcilerDeps, reported: Set<string>): Promise<void> {
  for (const duplicate of await duplicateAgents(pool)) {
    const key = `${duplicate.queueloc} ${duplicate.oldPid} ${duplicate.newPid}`;
    if (reported.has(key)) continue;
    reported.add(key);
    log.warn(duplicate, 'two agents run on one endpoint');
  }
}

async function actionCard(deps: ReconcilerDeps, actionId: number): Promise<ActionCard | undefined> {
  const row = await actionById(deps.pool, actionId);
  if (!row) return undefined;
  const signers = (await investigatorsOfActions(deps.pool, [actionId])).get(actionId) ?? [];
  const operations = JSON.parse(row.operations) as { module: string }[];
  return {
    id: row.id,
    name: row.name,
    status: row.status,
    fingerprints: signers.map((signer) => signer.pgpfingerprint),
    modules: [...new Set(operations.map(({ module }) => module))],
  };
}
