import * as routes from '../../contract/api/sweeps.ts';
import { MigError } from '../../contract/errors.ts';
import { presentCounts, waivedCounts } from '../../platform/postgres/queries/sweeps/count-items.ts';
import {
  endpointCounts,
  flipsOf,
  queuelocsOf,
  reasonsOf,
} from '../../platform/postgres/queries/sweeps/search-items.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';
import { lastRunId, requireSweepRow } from '../sweeps/load-sweep.ts';
import { createRecentCounts } from '../sweeps/recent-counts.ts';

/** What a sweep knows now: its items counted by check, by endpoint, and by why they are not decided; and what turned. */
export function sweepStateRoutes(deps: ApiDeps): Served[] {
  const { pool } = deps;
  const hrefOf = (id: number) => recordHref(deps, 'sweep', id);
  const recentCounts = createRecentCounts((id) => presentCounts(pool, id), deps.now);

  return [
    serve(deps, routes.getSweepState, async (key, c) => {
      const row = await requireSweepRow(pool, key);
      const counts = await recentCounts(row.id);
      const waived = await waivedCounts(pool, row.id);
      return respond(c, [item(hrefOf(row.id), 'state', { ...counts, waived })]);
    }),

    serve(deps, routes.listSweepEndpoints, async ({ agent, limit, offset, ...key }, c) => {
      const row = await requireSweepRow(pool, key);
      const endpoints = await endpointCounts(pool, {
        sweepid: row.id,
        lastrun: await lastRunId(pool, row.id),
        agent,
        limit,
        offset,
      });
      return respond(
        c,
        endpoints.map((endpoint) => item(hrefOf(row.id), 'endpoint', { ...endpoint })),
      );
    }),

    serve(deps, routes.listSweepReasons, async ({ limit, ...key }, c) => {
      const row = await requireSweepRow(pool, key);
      const reasons = await reasonsOf(pool, { sweepid: row.id, limit });
      return respond(
        c,
        reasons.map((reason) => item(hrefOf(row.id), 'reason', { ...reason })),
      );
    }),

    serve(deps, routes.listSweepFlips, async ({ agent, limit, offset, ...key }, c) => {
      const row = await requireSweepRow(pool, key);
      const queuelocs = agent === undefined ? undefined : await queuelocsOf(pool, row.id, agent);
      if (queuelocs?.length === 0) {
        throw new MigError('not_found', `the sweep has asked no endpoint '${agent}'`);
      }
      const flips = await flipsOf(pool, { sweepid: row.id, queuelocs, limit, offset });
      return respond(
        c,
        flips.map((flip) => item(hrefOf(row.id), 'flip', { ...flip })),
      );
    }),
  ];
}
