import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { presentCounts, waivedCounts } from '../../platform/postgres/queries/sweeps/count-items.ts';
import {
  endpointCounts,
  flipsOf,
  queuelocsOf,
  reasonsOf,
} from '../../platform/postgres/queries/sweeps/search-items.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseLimit, parseOffset } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { lastRunId, requireSweepRow } from '../sweeps/load-sweep.ts';

const WHICH = ['sweepid', 'name'] as const;
const DEFAULT_LIMIT = 100;

/** What a sweep knows now: its items counted by check, by endpoint, and by why they are not decided; and what turned. */
export function sweepStateRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const mayRead = requirePermission(deps, 'action');
  const hrefOf = (id: number) => recordHref(deps, 'sweep', id);

  app.get('/sweep/state', mayRead, async (c) => {
    const row = await requireSweepRow(pool, readQuery(c, WHICH));
    const counts = await presentCounts(pool, row.id);
    const waived = await waivedCounts(pool, row.id);
    return respond(c, [item(hrefOf(row.id), 'state', { ...counts, waived })]);
  });

  app.get('/sweep/endpoints', mayRead, async (c) => {
    const query = readQuery(c, [...WHICH, 'agent', 'limit', 'offset']);
    const row = await requireSweepRow(pool, query);
    const endpoints = await endpointCounts(pool, {
      sweepid: row.id,
      lastrun: await lastRunId(pool, row.id),
      agent: query.agent,
      limit: parseLimit(query, DEFAULT_LIMIT),
      offset: parseOffset(query),
    });
    return respond(
      c,
      endpoints.map((endpoint) => item(hrefOf(row.id), 'endpoint', { ...endpoint })),
    );
  });

  app.get('/sweep/reasons', mayRead, async (c) => {
    const query = readQuery(c, [...WHICH, 'limit']);
    const row = await requireSweepRow(pool, query);
    const reasons = await reasonsOf(pool, { sweepid: row.id, limit: parseLimit(query, DEFAULT_LIMIT) });
    return respond(
      c,
      reasons.map((reason) => item(hrefOf(row.id), 'reason', { ...reason })),
    );
  });

  app.get('/sweep/flips', mayRead, async (c) => {
    const query = readQuery(c, [...WHICH, 'agent', 'limit', 'offset']);
    const row = await requireSweepRow(pool, query);
    const queuelocs = query.agent === undefined ? undefined : await queuelocsOf(pool, row.id, query.agent);
    if (queuelocs?.length === 0) {
      throw new MigError('not_found', `the sweep has asked no endpoint '${query.agent}'`);
    }
    const limit = parseLimit(query, DEFAULT_LIMIT);
    const flips = await flipsOf(pool, { sweepid: row.id, queuelocs, limit, offset: parseOffset(query) });
    return respond(
      c,
      flips.map((flip) => item(hrefOf(row.id), 'flip', { ...flip })),
    );
  });

  return app;
}
