import type { z } from 'zod';
import * as routes from '../../contract/api/sweeps.ts';
import { MigError } from '../../contract/errors.ts';
import { type ItemFilters, searchItems } from '../../platform/postgres/queries/sweeps/search-items.ts';
import type { ApiDeps } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { type Item, item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { streamCollection } from '../http/stream-collection.ts';
import { type Served, serve } from '../router/serve.ts';
import { itemMapper, type LoadedSweep, lastRunId, requireSweep } from '../sweeps/load-sweep.ts';

type Given = z.output<typeof routes.listSweepItems.parameters>;

/** The compliance items of a sweep. */
export function sweepItemRoutes(deps: ApiDeps): Served[] {
  return [
    serve(deps, routes.listSweepItems, async (given, c) => {
      const loaded = await requireSweep(deps.pool, given);
      const { id: investigatorId } = investigatorOf(c);
      const streamed = await streamCollection(c, {
        pages: itemPages(deps, loaded, await toFilters(deps, loaded, given)),
        trailer: [],
        stalledClientMs: deps.config.stalledClientMs,
        isAllowed: () => deps.rights(investigatorId, 'action'),
      });
      return streamed ?? respond(c, []);
    }),
  ];
}

async function* itemPages(deps: ApiDeps, loaded: LoadedSweep, filters: ItemFilters): AsyncGenerator<Item[]> {
  const toItem = itemMapper(loaded);
  const href = recordHref(deps, 'sweep', loaded.row.id);
  for await (const page of searchItems(deps.searchPool, filters)) {
    yield page.map((row) => item(href, 'item', toItem(row)));
  }
}

async function toFilters({ pool }: ApiDeps, { row, sweep }: LoadedSweep, given: Given): Promise<ItemFilters> {
  const { status: statuses, agent, failedsince, flipped, limit } = given;
  const checks = given.check?.split(',');
  const unknown = checks?.find((id) => !sweep.checks.some((known) => known.id === id));
  if (unknown !== undefined) throw new MigError('not_found', `the sweep has no check '${unknown}'`);
  return {
    sweepid: row.id,
    checks,
    statuses,
    agent,
    failedsince,
    flippedin: flipped ? await lastRunId(pool, row.id) : undefined,
    after: readAfter(given),
    limit,
  };
}

/** The item after which a page begins: both parts of its key, or neither. */
function readAfter({ afterqueueloc, aftercheck }: Given): ItemFilters['after'] {
  if (afterqueueloc === undefined && aftercheck === undefined) return undefined;
  if (afterqueueloc !== undefined && aftercheck !== undefined) {
    return { queueloc: afterqueueloc, check: aftercheck };
  }
  throw new MigError(
    'parameter_invalid',
    'afterqueueloc and aftercheck: give both, of the last item of a page',
  );
}
