import { type Client, type ClientOptions, createClient } from '../../client/client.ts';
import { countAgents as countAgentsRoute } from '../../contract/api/agents.ts';
import { getPublicKey } from '../../contract/api/service.ts';
import { errorCode } from '../../contract/errors.ts';

export type ApiClient = Client;

/** The API as the programs of an investigator ask it. */
export function createApiClient(options: ClientOptions): ApiClient {
  return createClient({
    ...options,
    unreachableHint: 'is the API running, and is url right in the configuration (~/.migrc, or -c)?',
  });
}

/** The armored public key with this primary fingerprint; undefined when there is none. Anybody may read it. */
export async function findPublicKey(
  api: Pick<ApiClient, 'call'>,
  fingerprint: string,
): Promise<string | undefined> {
  try {
    return await api.call(getPublicKey, { fingerprint });
  } catch (error) {
    if (errorCode(error) === 'not_found') return undefined;
    throw error;
  }
}

/** The number of agents that a target reaches now. */
export async function countAgents(api: Pick<ApiClient, 'call' | 'search'>, target: string): Promise<number> {
  try {
    const { count } = await api.call(countAgentsRoute, { target });
    return count.count;
  } catch (error) {
    if (errorCode(error) !== 'not_found') throw error;
    // MIG's own API has no count.
    let count = 0;
    for await (const _ of api.search('agent', { target })) count++;
    return count;
  }
}
