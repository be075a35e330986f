import type { Client } from '@temporalio/client';
import type { ActivityDeps } from '../activities/deps.ts';
import { errorMessage, MigError } from '../contract/errors.ts';
import { actionById } from '../platform/postgres/queries/actions/actions.ts';
import { actionsToStart, markWorkflowStarted } from '../platform/postgres/queries/actions/wakes.ts';
import { investigatorsOfActions } from '../platform/postgres/queries/investigators.ts';
import { type ActionCard, actionCard, startActionWorkflow } from '../platform/temporal/start-action.ts';

type StarterDeps = Pick<ActivityDeps, 'pool' | 'log'> & { temporal: Client };

export interface Starter {
  /** Starts the workflow of each unfinished action that never had one; of all of them when `all`. */
  startMissing(options: { all: boolean }): Promise<void>;
}

/** After this many failures in a row Temporal or the database is at fault: the rest waits for the next round. */
const MAX_FAILURES_IN_A_ROW = 5;

/** An action that cannot be started stops no other: each round retries it after those that never failed. */
export function createStarter(deps: StarterDeps): Starter {
  const failed = new Set<number>();
  return {
    async startMissing({ all }) {
      const ids = await actionsToStart(deps.pool, { all });
      const inOrder = [...ids.filter((id) => !failed.has(id)), ...ids.filter((id) => failed.has(id))];
      failed.clear();
      let inARow = 0;
      for (const actionId of inOrder) {
        try {
          await startAction(deps, actionId);
          inARow = 0;
        } catch (error) {
          deps.log.warn({ actionId, error: errorMessage(error) }, 'workflow not started');
          failed.add(actionId);
          if (++inARow === MAX_FAILURES_IN_A_ROW) break;
        }
      }
    },
  };
}

/** Starts the workflow of a stored action; harmless when it runs already. */
export async function startAction(
  { pool, temporal }: Omit<StarterDeps, 'log'>,
  actionId: number,
): Promise<void> {
  await startActionWorkflow(temporal, await loadCard(pool, actionId));
  await markWorkflowStarted(pool, actionId);
}

async function loadCard(pool: StarterDeps['pool'], actionId: number): Promise<ActionCard> {
  const row = await actionById(pool, actionId);
  if (!row) throw new MigError('not_found', `action ${actionId} is not in the database`);
  const signers = (await investigatorsOfActions(pool, [actionId])).get(actionId) ?? [];
  return actionCard(
    row,
    signers.map(({ pgpfingerprint }) => pgpfingerprint),
  );
}
