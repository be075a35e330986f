import { openRelayClient, type RelayClient } from '../../dev/simulation/relay-client.ts';
import { createDeferred } from '../../platform/async/deferred.ts';
import type { Slot } from './platform.ts';

/** Tries one operation with the password that all agents share. Returns the relay's refusal, or `allowed`. */
export async function tryAsAgent(
  slot: Slot,
  attempt: (client: RelayClient) => Promise<unknown>,
): Promise<string> {
  await using client = await openRelayClient(slot, 'agent');
  const refusal = createDeferred<string>();
  for (const channel of [client.channel, client.confirm]) {
    channel.on('error', ({ message }: Error) => refusal.resolve(message));
  }
  const outcome = attempt(client).then(
    () => 'allowed',
    () => refusal.promise,
  );
  // Awaited here, because the connection closes when this function ends.
  return await Promise.race([outcome, refusal.promise]);
}
