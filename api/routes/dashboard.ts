import * as routes from '../../contract/api/service.ts';
import { RawJson } from '../../contract/go/json.ts';
import { cached } from '../../platform/async/cached.ts';
import { type FleetStats, fleetStats, latestActions } from '../../platform/postgres/queries/dashboard.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { type Item, item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { loadActionDetails } from '../records/load-action-details.ts';
import { toAction } from '../records/to-action.ts';
import { type Served, serve } from '../router/serve.ts';

/** Stale enough to save work, fresh enough that nobody notices. */
const MAX_AGE_MS = 250;
const LATEST_ACTIONS = 10;

/** Returns the fleet's numbers under MIG's names, then the newest actions (spec/api.md#dashboard). */
export function dashboardRoutes(deps: ApiDeps): Served[] {
  const load = cached({ maxAgeMs: MAX_AGE_MS, now: deps.now, load: () => loadDashboard(deps) });
  return [serve(deps, routes.getDashboard, async (_given, c) => respond(c, await load()))];
}

async function loadDashboard(deps: ApiDeps): Promise<Item[]> {
  const [stats, actions] = await Promise.all([
    fleetStats(deps.pool),
    latestActions(deps.pool, LATEST_ACTIONS),
  ]);
  const detailsOf = await loadActionDetails(deps, actions);
  return [
    {
      href: `${deps.config.publicUrl}${BASE_ROUTE}/dashboard`,
      data: numbersOf(stats),
    },
    ...actions.map((row) =>
      item(recordHref(deps, 'action', row.id), 'action', toAction(row, detailsOf(row.id))),
    ),
  ];
}

function numbersOf(stats: FleetStats): Item['data'] {
  return [
    { name: 'online agents', value: stats.onlineAgents },
    { name: 'online agents by version', value: new RawJson(stats.onlineByVersion) },
    { name: 'online endpoints', value: stats.onlineEndpoints },
    { name: 'idle agents', value: stats.idleAgents },
    { name: 'idle agents by version', value: new RawJson(stats.idleByVersion) },
    { name: 'idle endpoints', value: stats.idleEndpoints },
    { name: 'new endpoints', value: stats.newEndpoints },
    { name: 'endpoints running 2 or more agents', value: stats.multiAgentsEndpoints },
    { name: 'disappeared endpoints', value: stats.disappearedEndpoints },
    { name: 'flapping endpoints', value: stats.flappingEndpoints },
  ];
}
