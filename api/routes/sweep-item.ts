import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { ITEM_STATUSES } from '../../contract/sweep/item.ts';
import { type ItemFilters, searchItems } from '../../platform/postgres/queries/sweeps/search-items.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { type Item, item } from '../http/envelope.ts';
import { parseLimit, parseTime } from '../http/parse-values.ts';
import { readQuery } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { streamCollection } from '../http/stream-collection.ts';
import { itemMapper, type LoadedSweep, lastRunId, requireSweep } from '../sweeps/load-sweep.ts';

const PARAMETERS = [
  'sweepid',
  'name',
  'check',
  'status',
  'agent',
  'failedsince',
  'flipped',
  'afterqueueloc',
  'aftercheck',
  'limit',
] as const;

/** GET /sweep/items: the compliance items of a sweep, by endpoint and check, as a stream of any length, or in pages. */
export function sweepItemRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const mayRead = requirePermission(deps, 'action');

  app.get('/sweep/items', mayRead, async (c) => {
    const query = readQuery(c, PARAMETERS);
    const loaded = await requireSweep(pool, query);
    const { id: investigatorId } = investigatorOf(c);
    const streamed = await streamCollection(c, {
      pages: itemPages(deps, loaded, await readFilters(deps, loaded, query)),
      trailer: [],
      stalledClientMs: deps.config.stalledClientMs,
      isAllowed: () => deps.rights(investigatorId, 'action'),
    });
    return streamed ?? respond(c, []);
  });
  return app;
}

async function* itemPages(deps: ApiDeps, loaded: LoadedSweep, filters: ItemFilters): AsyncGenerator<Item[]> {
  const toItem = itemMapper(loaded);
  const href = recordHref(deps, 'sweep', loaded.row.id);
  for await (const page of searchItems(deps.searchPool, filters)) {
    yield page.map((row) => item(href, 'item', toItem(row)));
  }
}

async function readFilters(
  { pool }: ApiDeps,
  { row, sweep }: LoadedSweep,
  query: Record<string, string>,
): Promise<ItemFilters> {
  const { check, status, agent, failedsince, flipped } = query;
  const statuses = status?.split(',');
  const wrong = statuses?.find((name) => !(ITEM_STATUSES as readonly string[]).includes(name));
  if (wrong !== undefined) {
    throw new MigError('parameter_invalid', `status: '${wrong}' is none of ${ITEM_STATUSES.join(', ')}`);
  }
  const checks = check?.split(',');
  const unknown = checks?.find((id) => !sweep.checks.some((known) => known.id === id));
  if (unknown !== undefined) throw new MigError('not_found', `the sweep has no check '${unknown}'`);
  if (flipped !== undefined && flipped !== 'true' && flipped !== 'false') {
    throw new MigError('parameter_invalid', 'flipped: must be true or false');
  }
  return {
    sweepid: row.id,
    checks,
    statuses,
    agent,
    failedsince: failedsince === undefined ? undefined : parseTime('failedsince', failedsince),
    flippedin: flipped === 'true' ? await lastRunId(pool, row.id) : undefined,
    after: readAfter(query),
    limit: query.limit === undefined ? undefined : parseLimit(query, 1),
  };
}

/** The item after which a page begins: both parts of its key, or neither. */
function readAfter({ afterqueueloc, aftercheck }: Record<string, string>): ItemFilters['after'] {
  if (afterqueueloc === undefined && aftercheck === undefined) return undefined;
  if (afterqueueloc !== undefined && aftercheck !== undefined) {
    return { queueloc: afterqueueloc, check: aftercheck };
  }
  throw new MigError(
    'parameter_invalid',
    'afterqueueloc and aftercheck: give both, of the last item of a page',
  );
}
