import { markWorkflowStarted } from '../../platform/postgres/queries/actions/wakes.ts';
import { actionCard, startActionWorkflow } from '../../platform/temporal/start-action.ts';
import type { ApiDeps } from '../context.ts';
import type { AcceptedAction } from './store-action.ts';

/** The stored row is an outbox: if Temporal is unavailable, the reconciler starts the workflow later. */
export async function startWorkflow(
  { pool, temporal, log }: ApiDeps,
  { row, fingerprints }: AcceptedAction,
): Promise<void> {
  try {
    await startActionWorkflow(temporal, actionCard(row, fingerprints));
    await markWorkflowStarted(pool, row.id);
  } catch (error) {
    log.warn({ actionId: row.id, err: error }, 'workflow not started yet');
  }
}
