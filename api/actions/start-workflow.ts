import { markWorkflowStarted } from '../../platform/postgres/queries/actions/wakes.ts';
import { actionCard, startActionWorkflow } from '../../platform/temporal/start-action.ts';
import type { ApiDeps } from '../context.ts';
import type { AcceptedAction } from './store-action.ts';

/**
 * Starts the workflow of a stored action, after the answer: nobody waits for Temporal. The row is an outbox: a start that
 * fails, or that the API does not live to see, is made up for by the worker.
 */
export function startWorkflow(
  { background, pool, temporal, log }: Pick<ApiDeps, 'background' | 'pool' | 'temporal' | 'log'>,
  { row, fingerprints }: AcceptedAction,
): void {
  background.run(async () => {
    try {
      await startActionWorkflow(temporal, actionCard(row, fingerprints));
      await markWorkflowStarted(pool, row.id);
    } catch (error) {
      log.warn({ actionId: row.id, err: error }, 'workflow not started yet');
    }
  });
}
