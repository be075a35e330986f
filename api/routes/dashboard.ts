import { Hono } from 'hono';
import { noCounters } from '../../contract/rules/accounting.ts';
import { RawJson } from '../../contract/rules/go-json.ts';
import { countersOfActions } from '../../platform/postgres/queries/actions.ts';
import { fleetStats, latestActions } from '../../platform/postgres/queries/dashboard.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import { requirePermission } from '../authenticate.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../envelope.ts';
import { toAction } from '../records.ts';
import { recordHref, respond } from '../respond.ts';

/** The fleet's numbers under MIG's names, then the ten newest actions (spec: dashboard). */
export function dashboardRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, config } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/dashboard', requirePermission(deps, 'dashboard'), async (c) => {
    const [stats, actions] = await Promise.all([fleetStats(pool), latestActions(pool, 10)]);
    const ids = actions.map(({ id }) => id);
    const [counters, signers] = await Promise.all([
      countersOfActions(pool, ids),
      investigatorsOfActions(pool, ids),
    ]);
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
