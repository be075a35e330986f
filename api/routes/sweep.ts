import * as routes from '../../contract/api/sweeps.ts';
import { MigError } from '../../contract/errors.ts';
import { readIfReadable } from '../../contract/sweep/document.ts';
import { endedRuns, runById, runsOfSweep } from '../../platform/postgres/queries/sweeps/runs.ts';
import { signedTimes } from '../../platform/postgres/queries/sweeps/signed.ts';
import { allSweeps } from '../../platform/postgres/queries/sweeps/sweeps.ts';
import { waiversOf } from '../../platform/postgres/queries/sweeps/waivers.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { type Served, serve } from '../router/serve.ts';
import { requireSweepRow, toReport, toRunView, toSweepViews, toWaiverView } from '../sweeps/load-sweep.ts';
import { timesUntil } from '../sweeps/planned-times.ts';

/** What sweeps there are, and when they ran. */
export function sweepRoutes(deps: ApiDeps): Served[] {
  const { pool } = deps;
  const hrefOf = (id: number) => recordHref(deps, 'sweep', id);

  return [
    serve(deps, routes.listSweeps, async (_given, c) => {
      const views = await toSweepViews(pool, await allSweeps(pool));
      return respond(
        c,
        views.map((view) => item(hrefOf(view.id), 'sweep', view)),
      );
    }),

    serve(deps, routes.getSweep, async (key, c) => {
      const row = await requireSweepRow(pool, key);
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
    }),

    serve(deps, routes.listSweepRuns, async ({ limit, offset, ...key }, c) => {
      const row = await requireSweepRow(pool, key);
      const runs = await runsOfSweep(pool, { sweepid: row.id, limit, offset });
      return respond(
        c,
        runs.map((run) => item(hrefOf(row.id), 'run', toRunView(run))),
      );
    }),

    serve(deps, routes.getSweepRun, async ({ runid, ...key }, c) => {
      const row = await requireSweepRow(pool, key);
      const run = await runById(pool, runid);
      if (run?.sweepid !== row.id) throw new MigError('not_found', `the sweep has no run ${runid}`);
      return respond(c, [item(hrefOf(row.id), 'run', toRunView(run))]);
    }),

    serve(deps, routes.listSweepTimes, async ({ until, limit, ...key }, c) => {
      const row = await requireSweepRow(pool, key);
      const planned = await timesUntil(deps, row, { untilMs: Date.parse(until), limit });
      const signed = await signedTimes(pool, row.id);
      return respond(c, [item(hrefOf(row.id), 'times', { planned, signed })]);
    }),
  ];
}
