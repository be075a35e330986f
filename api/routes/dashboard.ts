import { Hono } from 'hono';
import { RawJson } from '../../contract/go/json.ts';
import { noCounters } from '../../contract/rules/accounting.ts';
import { snapshotOf } from '../../platform/async/cached.ts';
import { fleetStats, latestActions } from '../../platform/postgres/queries/dashboard.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import { requirePermission } from '../auth/authenticate.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { readQuery } from '../http/validate.ts';
import { toAction } from '../records/records.ts';

/** Nobody sees that a number is so old; a hundred people who look at once cost as much as one. */
const MAX_AGE_MS = 250;

/** The fleet's numbers under MIG's names, then the ten newest actions (spec: dashboard). */
export function dashboardRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, config } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const load = snapshotOf(MAX_AGE_MS, deps.now, async () => {
    const [stats, actions] = await Promise.all([fleetStats(pool), latestActions(pool, 10)]);
    const ids = actions.map(({ id }) => id);
    const [counters, signers] = await Promise.all([
      deps.counters(actions),
      investigatorsOfActions(pool, ids),
    ]);
    return { stats, actions, counters, signers };
  });
  app.get('/dashboard', requirePermission(deps, 'dashboard'), async (c) => {
    readQuery(c, []);
    const { stats, actions, counters, signers } = await load();
    const numbers = [
      ['online agents', stats.onlineAgents],
      ['online agents by version', new RawJson(stats.onlineByVersion)],
      ['online endpoints', stats.onlineEndpoints],
      ['idle agents', stats.idleAgents],
      ['idle agents by version', new RawJson(stats.idleByVersion)],
      ['idle endpoints', stats.idleEndpoints],
      ['new endpoints', stats.newEndpoints],
      ['endpoints running 2 or more agents', stats.multiAgentsEndpoints],
      ['disappeared endpoints', stats.disappearedEndpoints],
      ['flapping endpoints', stats.flappingEndpoints],
    ] as const;
    return respond(c, [
      {
        href: `${config.publicUrl}${BASE_ROUTE}/dashboard`,
        data: numbers.map(([name, value]) => ({ name, value })),
      },
      ...actions.map((row) =>
        item(
          recordHref(deps, 'action', row.id),
          'action',
          toAction(row, {
            counters: counters.get(row.id) ?? noCounters(),
            investigators: signers.get(row.id) ?? [],
          }),
        ),
      ),
    ]);
  });
  return app;
}
