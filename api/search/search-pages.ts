import { MigError } from '../../contract/errors.ts';
import { encodeJson, RawJson } from '../../contract/go/json.ts';
import type { ActionRow } from '../../platform/postgres/queries/actions/actions.ts';
import {
  agentsByIds,
  searchActions,
  searchAgents,
  searchCommands,
  searchInvestigators,
  searchLoaders,
  searchManifests,
} from '../../platform/postgres/queries/search/search.ts';
import type { SearchFilters } from '../../platform/postgres/queries/search/search-filters.ts';
import { agentIdsOfTarget } from '../../platform/postgres/queries/targets.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { type Item, item } from '../http/envelope.ts';
import { recordHref } from '../http/respond.ts';
import { loadActionDetails } from '../records/load-action-details.ts';
import { toAction } from '../records/to-action.ts';
import { toAgent } from '../records/to-agent.ts';
import { toCommand } from '../records/to-command.ts';
import { toInvestigator } from '../records/to-investigator.ts';
import { toFoundLoader } from '../records/to-loader.ts';
import { toManifest } from '../records/to-manifest.ts';
import type { Search } from './to-search.ts';

type Pages = AsyncGenerator<Item[]>;

/** The records that a search finds, one page at a time. */
export function searchPages(deps: ApiDeps, { type, target, filters }: Search): Pages {
  if (target !== undefined) return agentPagesOfTarget(deps, target, filters);
  switch (type) {
    case 'action':
      return actionPages(deps, filters);
    case 'command':
      return commandPages(deps, filters);
    case 'agent':
      return agentPages(deps, filters);
    case 'investigator':
      return investigatorPages(deps, filters);
    case 'manifest':
      return manifestPages(deps, filters);
    case 'loader':
      return loaderPages(deps, filters);
  }
}

async function* agentPagesOfTarget(deps: ApiDeps, target: string, { limit, offset }: SearchFilters): Pages {
  const { namesStatus } = await checkTarget(target);
  const ids = await agentIdsOfTarget(deps.targets, { target, namesStatus, limit, offset });
  if (ids.length === 0) return;
  for await (const rows of agentsByIds(deps.searchPool, ids)) {
    yield rows.map((row) => item(recordHref(deps, 'agent', row.id), 'agent', toAgent(row)));
  }
}

async function* actionPages(deps: ApiDeps, filters: SearchFilters): Pages {
  for await (const rows of searchActions(deps.searchPool, filters)) {
    const detailsOf = await loadActionDetails(deps, rows);
    yield rows.map((row) =>
      item(recordHref(deps, 'action', row.id), 'action', toAction(row, detailsOf(row.id))),
    );
  }
}

async function* commandPages(deps: ApiDeps, filters: SearchFilters): Pages {
  const encodeActions = createActionEncoder(deps);
  for await (const rows of searchCommands(deps.searchPool, deps.pool, filters)) {
    const encodedAction = await encodeActions(rows.map(({ action }) => action));
    yield rows.map((row) =>
      item(recordHref(deps, 'command', row.id), 'command', toCommand(row, encodedAction(row.action))),
    );
  }
}

async function* agentPages(deps: ApiDeps, filters: SearchFilters): Pages {
  for await (const rows of searchAgents(deps.searchPool, filters)) {
    yield rows.map((row) => item(recordHref(deps, 'agent', row.id), 'agent', toAgent(row)));
  }
}

async function* investigatorPages(deps: ApiDeps, filters: SearchFilters): Pages {
  for await (const rows of searchInvestigators(deps.searchPool, filters)) {
    yield rows.map((row) =>
      item(recordHref(deps, 'investigator', row.id), 'investigator', toInvestigator(row)),
    );
  }
}

async function* manifestPages(deps: ApiDeps, filters: SearchFilters): Pages {
  for await (const rows of searchManifests(deps.searchPool, filters)) {
    yield rows.map((row) => item(recordHref(deps, 'manifest', row.id), 'manifest', toManifest(row)));
  }
}

/** As in MIG, the address of these items is that of the API. */
async function* loaderPages(deps: ApiDeps, filters: SearchFilters): Pages {
  const href = `${deps.config.publicUrl}${BASE_ROUTE}`;
  for await (const rows of searchLoaders(deps.searchPool, filters)) {
    yield rows.map((row) => item(href, 'loader', toFoundLoader(row)));
  }
}

/** Encodes each action once for all its commands on a page, and keeps its text for the next page. */
function createActionEncoder(deps: ApiDeps) {
  const encoded = new Map<ActionRow, RawJson>();
  return async (actions: readonly ActionRow[]): Promise<(action: ActionRow) => RawJson> => {
    const page = new Set(actions);
    const missing = [...page].filter((action) => !encoded.has(action));
    if (missing.length > 0) {
      for (const action of encoded.keys()) if (!page.has(action)) encoded.delete(action);
      const detailsOf = await loadActionDetails(deps, missing);
      for (const action of missing) {
        encoded.set(action, new RawJson(encodeJson(toAction(action, detailsOf(action.id)))));
      }
    }
    return (action) => {
      const text = encoded.get(action);
      if (!text) throw new MigError('internal', 'the action of a command was not encoded');
      return text;
    };
  };
}
