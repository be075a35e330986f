import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { readIfReadable } from '../../contract/sweep/document.ts';
import { endedRuns, runById, runsOfSweep } from '../../platform/postgres/queries/sweeps/runs.ts';
import { signedTimes } from '../../platform/postgres/queries/sweeps/signed.ts';
import { allSweeps } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { waiversOf } from '../../platform/postgres/queries/sweeps/waivers.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId, parseLimit, parseOffset, parseTime } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { requireSweepRow, toReport, toRunView, toSweepViews, toWaiverView } from '../sweeps/load-sweep.ts';
import { timesUntil } from '../sweeps/planned-times.ts';

const WHICH = ['sweepid', 'name'] as const;
const DEFAULT_LIMIT = 100;

/** What sweeps there are, and when they ran. */
export function sweepRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const mayRead = requirePermission(deps, 'action');
  const hrefOf = (id: number) => recordHref(deps, 'sweep', id);

  app.get('/sweep/list', mayRead, async (c) => {
    readQuery(c, []);
    const views = await toSweepViews(pool, await allSweeps(pool));
    return respond(
      c,
      views.map((view) => item(hrefOf(view.id), 'sweep', view)),
    );
  });

  app.get('/sweep', mayRead, async (c) => {
    const row = await requireSweepRow(pool, readQuery(c, WHICH));
    const sweep = readIfReadable(row);
    const report = sweep instanceof MigError ? [] : [await toReport(deps, { row, sweep })];
    const waivers = await waiversOf(pool, row.id);
    const runs = await endedRuns(pool, row.id, 2);
    const views = await toSweepViews(pool, [row]);
    return respond(c, [
      ...views.map((view) => item(hrefOf(row.id), 'sweep', view)),
      ...report.map((value) => item(hrefOf(row.id), 'report', value)),
      ...runs.map((run) => item(hrefOf(row.id), 'run', toRunView(run))),
      ...waivers.map((waiver) => item(hrefOf(row.id), 'waiver', toWaiverView(waiver))),
    ]);
  });

  app.get('/sweep/runs', mayRead, async (c) => {
    const query = readQuery(c, [...WHICH, 'limit', 'offset']);
    const row = await requireSweepRow(pool, query);
    const page = { sweepid: row.id, limit: parseLimit(query, DEFAULT_LIMIT), offset: parseOffset(query) };
    const runs = await runsOfSweep(pool, page);
    return respond(
      c,
      runs.map((run) => item(hrefOf(row.id), 'run', toRunView(run))),
    );
  });

  app.get('/sweep/run', mayRead, async (c) => {
    const query = readQuery(c, [...WHICH, 'runid']);
    const row = await requireSweepRow(pool, query);
    const runId = parseId('Run', 'runid', query.runid);
    const run = await runById(pool, runId);
    if (run?.sweepid !== row.id) throw new MigError('not_found', `the sweep has no run ${runId}`);
    return respond(c, [item(hrefOf(row.id), 'run', toRunView(run))]);
  });

  app.get('/sweep/times', mayRead, async (c) => {
    const query = readQuery(c, [...WHICH, 'until', 'limit']);
    const row = await requireSweepRow(pool, query);
    const untilMs = Date.parse(parseTime('until', query.until ?? ''));
    const limit = query.limit === undefined ? undefined : parseLimit(query, 1);
    const planned = await timesUntil(deps, row, { untilMs, limit });
    const signed = await signedTimes(pool, row.id);
    return respond(c, [item(hrefOf(row.id), 'times', { planned, signed })]);
  });

  return app;
}
