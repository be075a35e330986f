import type { Agent } from '../../contract/agent.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { type LoaderRow, loaderIdByQueue, recordLoader } from '../../platform/postgres/queries/loaders.ts';
import type { ApiDeps } from '../context.ts';

/**
 * Stores what a loader sent of its machine; false when another loader has the queue that it named. Either of the two may be
 * the wrong one: the first to name a queue keeps it. So both are logged.
 */
export async function recordSent(
  { pool, log }: Pick<ApiDeps, 'pool' | 'log'>,
  { id }: Pick<LoaderRow, 'id'>,
  { name, queueloc, environment, tags }: Agent,
): Promise<boolean> {
  const env = encodeJson(environment);
  const isRecorded = await recordLoader(pool, id, { name, env, tags: encodeJson(tags ?? {}), queueloc });
  if (isRecorded) return true;
  const holderId = await loaderIdByQueue(pool, queueloc);
  log.warn({ loaderId: id, holderId, queueloc }, 'queue of a loader taken');
  return false;
}
