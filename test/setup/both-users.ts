import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { createResources } from '../../platform/async/resources.ts';
import { openSlot } from './platform.ts';

/** Connects both users to the relay of a new slot, without a platform. */
export async function openBothUsers() {
  const resources = createResources();
  const slot = resources.use(await openSlot());
  const scheduler = resources.use(await openRelayClient(slot, 'scheduler'));
  const agent = resources.use(await openRelayClient(slot, 'agent'));
  return Object.assign(resources, { slot, scheduler, agent });
}
