import type { Operation } from '../contract/action.ts';
import { MigError } from '../contract/errors.ts';
import { inflateParameters } from '../contract/parameters.ts';
import { type AgentNeed, needsOf } from '../contract/rules/agent-needs.ts';
import { actionById, notifyActions } from '../platform/postgres/queries/actions/actions.ts';
import { endUnsupported, endUnsupportedAmong } from '../platform/postgres/queries/commands/unsupported.ts';
import type { ActivityDeps, OfAction, Shard } from './deps.ts';

type GateDeps = Pick<ActivityDeps, 'pool' | 'log'>;

/** Ends the unpublished commands of a shard whose endpoints have not announced what the action needs. */
export async function refuseUnsupported(deps: GateDeps, shard: Shard): Promise<void> {
  const { actionId } = shard;
  const action = await actionById(deps.pool, actionId);
  if (!action) return;
  const count = await endUnsupported(deps.pool, shard, needsOfStored(action.operations));
  await reportEnded(deps, { actionId, count });
}

/**
 * Returns those of some commands of one action that their endpoints can run, and ends the others. A workflow that waited
 * for the last of them is woken by the reconciler.
 */
export async function supportedAmong<Command extends { id: number }>(
  deps: GateDeps,
  { actionId, needs, commands }: OfAction & { needs: readonly AgentNeed[]; commands: readonly Command[] },
): Promise<Command[]> {
  const ids = commands.map(({ id }) => id);
  const unsupported = new Set(await endUnsupportedAmong(deps.pool, ids, needs));
  await reportEnded(deps, { actionId, count: unsupported.size });
  return commands.filter(({ id }) => !unsupported.has(id));
}

async function reportEnded(
  { pool, log }: GateDeps,
  { actionId, count }: OfAction & { count: number },
): Promise<void> {
  if (count === 0) return;
  log.info({ actionId, commands: count }, 'commands not sent: their agents cannot run them');
  await notifyActions(pool, [actionId]);
}

/** What an agent needs to run the stored operations of an action. */
export function needsOfStored(operations: string): AgentNeed[] {
  const stored = JSON.parse(operations) as Operation[];
  return needsOf(stored.map((operation) => ({ ...operation, parameters: readParameters(operation) })));
}

/** Parameters that cannot be expanded stay compressed text, which the rule takes as unreadable. */
function readParameters(operation: Operation): unknown {
  try {
    return inflateParameters(operation);
  } catch (error) {
    if (error instanceof MigError) return operation.parameters;
    throw error;
  }
}
