import { search as route, type SEARCH_TYPES } from '../contract/api/search.ts';
import type { ActionView, AgentView, CommandView, InvestigatorView } from '../contract/api-responses.ts';
import { MigError } from '../contract/errors.ts';
import type { LoaderView } from '../contract/loader.ts';
import type { ManifestView } from '../contract/manifest.ts';
import { printable } from '../contract/text/printable.ts';
import { type Answered, type Given, readAnswer, toRequest } from './call.ts';
import { readEnvelope } from './envelope.ts';
import type { Request } from './request.ts';

export type SearchType = (typeof SEARCH_TYPES)[number];

/** The filters of a search, besides its type and pages. */
export type SearchFilters = Omit<Given<typeof route>, 'type' | 'limit' | 'offset'>;

/** The records of a search by its type. */
export interface SearchRecords {
  action: ActionView;
  command: CommandView;
  agent: AgentView;
  investigator: InvestigatorView;
  manifest: ManifestView;
  loader: LoaderView;
}

/** The records of a search, page by page: all of them, or the first `max`. */
export type Search = <Type extends SearchType>(
  type: Type,
  filters: SearchFilters,
  limits?: { max?: number | undefined },
) => AsyncGenerator<SearchRecords[Type]>;

const PAGE = 200;
/** MIG's words. */
const NOTHING_FOUND = 'no results found';

export function createSearch(request: Request): Search {
  return async function* <Type extends SearchType>(
    type: Type,
    filters: SearchFilters,
    { max = Number.POSITIVE_INFINITY }: { max?: number | undefined } = {},
  ) {
    let offset = 0;
    let pageSize = PAGE;
    while (offset < max) {
      const limit = Math.min(pageSize, max - offset);
      const answer = await loadPage(request, { ...filters, type, limit, offset });
      if (answer === 'too large') {
        pageSize = Math.ceil(limit / 4);
        continue;
      }
      const records = answer === undefined ? [] : recordsOf(answer, type);
      // MIG's own API returns more than the limit for a target.
      yield* records.slice(0, limit);
      if (records.length < limit) return;
      offset += limit;
    }
  };
}

/** Loads a page; a page of one record that is too large throws `body_too_large`. */
async function loadPage(
  request: Request,
  given: Given<typeof route> & { limit: number },
): Promise<Answered<typeof route> | 'too large' | undefined> {
  try {
    return await requestPage(request, given);
  } catch (error) {
    if (given.limit > 1 && error instanceof MigError && error.code === 'body_too_large') return 'too large';
    throw error;
  }
}

async function requestPage(
  request: Request,
  given: Given<typeof route>,
): Promise<Answered<typeof route> | undefined> {
  const { path, method } = toRequest(route, given);
  const response = await request(path, { method });
  if (response.status === 404) {
    // A search that finds nothing is a 404, as in MIG.
    const { error } = await readEnvelope(response, [404]);
    if (error.message === NOTHING_FOUND) return undefined;
    throw new MigError('not_found', printable(error.message ?? 'not found'));
  }
  if (!response.ok) await readEnvelope(response);
  return readAnswer(route, await response.text());
}

function recordsOf<Type extends SearchType>(
  answer: Answered<typeof route>,
  type: Type,
): SearchRecords[Type][] {
  const lists: { [Each in SearchType]: SearchRecords[Each][] } = {
    action: answer.actions,
    command: answer.commands,
    agent: answer.agents,
    investigator: answer.investigators,
    manifest: answer.manifests,
    loader: answer.loaders,
  };
  return lists[type];
}
