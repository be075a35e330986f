import type { Action } from '../../contract/action.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import type { ApiDeps } from '../context.ts';
import { checkOperations } from './check-operations.ts';

/**
 * Refuses what no agent could be asked: wrong operations, and targets that Postgres cannot plan. Patterns are compiled and
 * targets planned, so only for senders with a good signature.
 */
export async function checkQuestion(deps: ApiDeps, { operations, target }: Action): Promise<void> {
  await checkOperations(deps, operations);
  await checkTarget(target);
  await deps.targetPlans.check(target);
}
