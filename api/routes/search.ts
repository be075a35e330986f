import * as routes from '../../contract/api/search.ts';
import type { SearchFilters } from '../../platform/postgres/queries/search/search-filters.ts';
import type { ApiDeps } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { collection, type Item, item } from '../http/envelope.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { readQuery } from '../http/read-request.ts';
import { streamCollection } from '../http/stream-collection.ts';
import { createInvestigatorPermits, type InvestigatorPermits } from '../limits/investigator-permits.ts';
import { type Served, serve } from '../router/serve.ts';
import { searchPages } from '../search/search-pages.ts';
import { echoParameters, toSearch } from '../search/to-search.ts';

/** The most searches that one investigator may read at the same time. */
const MAX_SEARCHES_EACH = 8;
/** How long a further search waits until one of them ends. */
const SEARCH_WAIT_MS = 10_000;

/** Searches (spec/api.md#search): MIG's parameters, envelope and its 404 for "no results found". */
export function searchRoutes(deps: ApiDeps): Served[] {
  const permits = createInvestigatorPermits({
    max: MAX_SEARCHES_EACH,
    resources: 'searches',
    waitMs: SEARCH_WAIT_MS,
  });
  return [
    serve(deps, routes.search, async (given, c) => {
      const search = toSearch(given);
      const parameters = item(c.get('href'), 'search parameters', echoParameters(readQuery(c), deps.now()));
      const { id } = investigatorOf(c);
      const response = await streamCollection(c, {
        pages: withPermit(permits, id, searchPages(deps, search)),
        trailer: [...nextPage(c.get('href'), search.filters), parameters],
        stalledClientMs: deps.config.stalledClientMs,
        isAllowed: () => deps.rights(id, 'search'),
      });
      if (response) return response;
      const error = { code: 'not_found', message: 'no results found' };
      return c.body(collection(c.get('href'), { items: [parameters], error }), 404, JSON_HEADERS);
    }),
  ];
}

/** Keeps a permit of the investigator from the first page to the last. */
async function* withPermit<T>(
  permits: InvestigatorPermits,
  investigatorId: number,
  pages: AsyncGenerator<T>,
): AsyncGenerator<T> {
  const release = await permits.acquire(investigatorId);
  try {
    yield* pages;
  } finally {
    release();
  }
}

/** Only an answer behind the first page names the next one. */
function nextPage(href: string, { limit, offset }: SearchFilters): Item[] {
  if (offset === 0) return [];
  const next = new URL(href);
  next.searchParams.set('offset', String(offset + limit));
  return [item(href, 'pagination', { limit, offset, next: next.href })];
}
