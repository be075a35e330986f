import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps } from '../context.ts';
import type { ActionDetails } from './to-action.ts';

/** Loads the counters and signers of actions in two queries. Returns a function from an action's id to its details. */
export async function loadActionDetails(
  { pool, counters: readCounters }: Pick<ApiDeps, 'pool' | 'counters'>,
  actions: readonly ActionRow[],
): Promise<(actionId: number) => ActionDetails> {
  const ids = actions.map(({ id }) => id);
  const [counters, investigators] = await Promise.all([
    readCounters(actions),
    investigatorsOfActions(pool, ids),
  ]);
  return (actionId) => ({
    counters: counters.get(actionId),
    investigators: investigators.get(actionId) ?? [],
  });
}
