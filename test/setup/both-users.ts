import { openRelayClient } from '../../dev/simulation/relay-client.ts';
import { createResources } from '../../platform/async/resources.ts';
import { openSlot } from './platform.ts';

/** Both users on the relay of a slot of its own, without a platform. */
export async function openBothUsers() {
  const resources = createResources();
  const slot = resources.use(await openSlot());
  const scheduler = resources.use(await openRelayClient(slot, 'scheduler'));
  const agent = resources.use(await openRelayClient(slot, 'agent'));
  return Object.assign(resources, { slot, scheduler, agent });
}
