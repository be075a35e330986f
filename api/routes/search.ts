import { Hono } from 'hono';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions.ts';
import { investigatorsOfActions } from '../../platform/postgres/queries/investigators.ts';
import {
  agentsByIds,
  type SearchFilters,
  searchActions,
  searchAgents,
  searchCommands,
  searchInvestigators,
} from '../../platform/postgres/queries/search.ts';
import { agentIdsOfTarget } from '../../platform/postgres/queries/targets.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { collection, type Item, item } from '../http/envelope.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { recordHref } from '../http/respond.ts';
import { streamCollection } from '../http/stream-collection.ts';
import { parseQuery, queryOf } from '../http/validate.ts';
import { createShare, type Share } from '../limits/share.ts';
import { toAction, toAgent, toCommand, toInvestigator } from '../records/records.ts';
import { echoParameters, parseSearch, type SearchType } from '../search/parse-search.ts';

/** Searches that one investigator may read at the same time. */
const MAX_SEARCHES_EACH = 8;
/** How long one more waits for its turn. */
const SEARCH_WAIT_MS = 10_000;

/** GET /search (spec: search): MIG's parameters, envelope and its 404 for "no results found". */
export function searchRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const searches = createShare({ max: MAX_SEARCHES_EACH, of: 'searches', waitMs: SEARCH_WAIT_MS });
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/search', requirePermission(deps, 'search'), async (c) => {
    const query = parseQuery(queryOf(c));
    const echo = item(c.get('href'), 'search parameters', echoParameters(query, deps.now()));
    const { type, target, filters } = parseSearch(query);
    const found = target === undefined ? search(deps, type, filters) : searchTarget(deps, target, filters);
    const { id } = investigatorOf(c);
    const pages = withShare(searches, id, found);
    const trailer = filters.offset > 0 ? [nextPage(c.get('href'), filters), echo] : [echo];
    const answer = await streamCollection(c, {
      pages,
      trailer,
      stalledClientMs: deps.config.stalledClientMs,
      isAllowed: () => deps.rights(id, 'search'),
    });
    if (answer) return answer;
    const error = { code: 'not_found', message: 'no results found' };
    return c.body(collection(c.get('href'), { items: [echo], error }), 404, JSON_HEADERS);
  });
  return app;
}

/** Holds one of the investigator's places from the first page to the last. */
async function* withShare<T>(share: Share, id: number, pages: AsyncGenerator<T>): AsyncGenerator<T> {
  const release = await share.take(id);
  try {
    yield* pages;
  } finally {
    release();
  }
}

function nextPage(href: string, { limit, offset }: SearchFilters): Item {
  const next = new URL(href);
  next.searchParams.set('offset', String(offset + limit));
  return item(href, 'pagination', { limit, offset, next: next.href });
}

async function* search(deps: ApiDeps, type: SearchType, filters: SearchFilters): AsyncGenerator<Item[]> {
  const toItem = (id: number, value: unknown) => item(recordHref(deps, type, id), type, value);
  const { searchPool: pool } = deps;
  switch (type) {
    case 'action':
      for await (const rows of searchActions(pool, filters)) {
        const extra = await loadExtra(deps, rows);
        yield rows.map((row) => toItem(row.id, toAction(row, extra(row.id))));
      }
      return;
    case 'command':
      return yield* searchForCommands(deps, filters);
    case 'agent':
      for await (const rows of searchAgents(pool, filters))
        yield rows.map((row) => toItem(row.id, toAgent(row)));
      return;
    case 'investigator':
      for await (const rows of searchInvestigators(pool, filters)) {
        yield rows.map((row) => toItem(row.id, toInvestigator(row, { withKey: false })));
      }
  }
}

/** Each action is encoded once for all its commands of a page and those after it. */
async function* searchForCommands(deps: ApiDeps, filters: SearchFilters): AsyncGenerator<Item[]> {
  let encoded = new Map<ActionRow, RawJson>();
  for await (const rows of searchCommands(deps.searchPool, deps.pool, filters)) {
    const actions = [...new Set(rows.map(({ action }) => action))];
    const missing = actions.filter((action) => !encoded.has(action));
    if (missing.length > 0) {
      const extra = await loadExtra(deps, missing);
      const kept = actions.flatMap((action) => {
        const text = encoded.get(action);
        return text ? [[action, text] as const] : [];
      });
      const made = missing.map(
        (action) => [action, new RawJson(encodeJson(toAction(action, extra(action.id))))] as const,
      );
      encoded = new Map([...kept, ...made]);
    }
    yield rows.map((row) =>
      item(recordHref(deps, 'command', row.id), 'command', toCommand(row, encoded.get(row.action))),
    );
  }
}

async function loadExtra({ pool, counters: count }: ApiDeps, actions: readonly ActionRow[]) {
  const [counters, investigators] = await Promise.all([
    count(actions),
    investigatorsOfActions(
      pool,
      actions.map(({ id }) => id),
    ),
  ]);
  return (id: number) => {
    const found = counters.get(id);
    return { ...(found ? { counters: found } : {}), investigators: investigators.get(id) ?? [] };
  };
}

async function* searchTarget(deps: ApiDeps, target: string, filters: SearchFilters): AsyncGenerator<Item[]> {
  const { namesStatus } = await checkTarget(target);
  const { limit, offset } = filters;
  const ids = await agentIdsOfTarget(deps.targets, { target, namesStatus, limit, offset });
  if (ids.length === 0) return;
  for await (const rows of agentsByIds(deps.searchPool, ids)) {
    yield rows.map((row) => item(recordHref(deps, 'agent', row.id), 'agent', toAgent(row)));
  }
}
