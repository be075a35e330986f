import { createActionActivities, createSteeringActivities } from './action.ts';
import { createCancelActivities } from './cancels.ts';
import type { ActivityDeps } from './deps.ts';
import { createDispatchActivities } from './dispatch.ts';
import { createResultActivities } from './results.ts';
import { createUpgradeOrders } from './upgrade/orders.ts';
import { createUpgradeActivities, createUpgradeEndings } from './upgrade/upgrade.ts';

export function createActivities(deps: ActivityDeps) {
  return {
    ...createActionActivities(deps),
    ...createSteeringActivities(deps),
    ...createDispatchActivities(deps),
    ...createCancelActivities(deps),
    ...createResultActivities(deps),
    ...createUpgradeActivities(deps),
    ...createUpgradeOrders(deps),
    ...createUpgradeEndings(deps),
  };
}

/** What workflows may ask for. */
export type ActionActivities = ReturnType<typeof createActivities>;
