import type { Client } from '@temporalio/client';
import { sha256Hex } from '../contract/digest.ts';
import { actionIdOfWorkflow } from '../contract/names.ts';
import type { Logger } from '../platform/log.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { recordTemporalAudit } from '../platform/postgres/queries/audit.ts';
import { type EndedRun, readEnding, runsEndedByHand } from '../platform/temporal/ended-runs.ts';

/** How far back the first scan looks, and later ones: Temporal lists ended runs with a delay. */
const FIRST_SCAN_MS = 24 * 3600_000;
const SCAN_BACK_MS = 3600_000;
const MAX_PER_SCAN = 200;
const MAX_KNOWN = 100_000;

/**
 * Records who terminated or cancelled an action's workflow in Temporal's UI or tools. Temporal sends no signal for that,
 * and the reconciler starts such an action again. Several workers may look: the database keeps one row per run.
 */
export function createEndedWorkflowsAudit(deps: {
  temporal: Client;
  pool: Pool;
  log: Logger;
}): () => Promise<void> {
  const known = new Set<string>();
  let lookBackMs = FIRST_SCAN_MS;
  return async () => {
    let count = 0;
    for await (const run of runsEndedByHand(deps.temporal, Date.now() - lookBackMs)) {
      if (known.has(run.runId)) continue;
      if (count === MAX_PER_SCAN) return;
      count++;
      await recordEnded(deps, run);
      if (known.size >= MAX_KNOWN) known.clear();
      known.add(run.runId);
    }
    lookBackMs = SCAN_BACK_MS;
  };
}

async function recordEnded(
  { temporal, pool, log }: { temporal: Client; pool: Pool; log: Logger },
  run: EndedRun,
): Promise<void> {
  const actionId = actionIdOfWorkflow(run.workflowId);
  if (actionId === undefined) return;
  const { identity, reason } = await readEnding(temporal, run);
  const kind = run.how === 'terminated' ? 'workflow_terminated' : 'workflow_cancelled';
  await recordTemporalAudit(pool, {
    kind,
    identity,
    objectId: actionId,
    detail: { reason, runid: run.runId },
    eventId: sha256Hex(run.runId),
  });
  log.info({ audit: { kind, actor: identity, isProven: false, objectId: actionId, reason } }, 'audit');
}
