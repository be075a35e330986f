import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { encodeJson, RawJson } from '../../contract/rules/go-json.ts';
import { timestampFromMillis, toTimestamp } from '../../contract/rules/timestamps.ts';
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
import { checkTarget } from '../../platform/postgres/target.ts';
import { requirePermission } from '../authenticate.ts';
import { investigatorOf } from '../caller.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { collection, type Item, item } from '../envelope.ts';
import { JSON_HEADERS } from '../errors.ts';
import { toAction, toAgent, toCommand, toInvestigator } from '../records.ts';
import { recordHref } from '../respond.ts';
import { createShare, type Share } from '../share.ts';
import { streamCollection } from '../stream-collection.ts';
import { parseLimit, parseOffset, readQuery } from '../validate.ts';

const TYPES = ['action', 'command', 'agent', 'investigator'] as const;
type SearchType = (typeof TYPES)[number];
const IDS = ['actionid', 'commandid', 'agentid', 'investigatorid', 'manifestid', 'loaderid'] as const;
const PATTERNS = [
  'actionname',
  'agentname',
  'agentversion',
  'investigatorname',
  'loadername',
  'manifestname',
  'status',
  'threatfamily',
] as const;
const MAX_PATTERN = 1024;
/** What is asked of one type only. MIG forgets it elsewhere, and gives more than was asked for. */
const TYPE_OF = { target: 'agent', foundanything: 'command', haserrors: 'command' } as const;
/** Searches that one investigator may read at the same time. */
const MAX_SEARCHES_EACH = 8;
/** How long one more waits for its turn. */
const SEARCH_WAIT_MS = 10_000;
const DEFAULT_WINDOW_MS = 39_600 * 3_600_000;

/** GET /search (spec: search): MIG's parameters, envelope and its 404 for "no results found". */
export function searchRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const searches = createShare({ max: MAX_SEARCHES_EACH, of: 'searches', waitMs: SEARCH_WAIT_MS });
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/search', requirePermission(deps, 'search'), async (c) => {
    const query = readQuery(c);
    const echo = item(c.get('href'), 'search parameters', echoParameters(query, deps.now()));
    const { type, target, filters } = parseQuery(query);
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

function parseQuery(query: Record<string, string>): {
  type: SearchType;
  target: string | undefined;
  filters: SearchFilters;
} {
  const type = TYPES.find((candidate) => candidate === (query.type ?? 'action'));
  if (!type)
    throw new MigError(
      'parameter_invalid',
      `type: search type is invalid, must be one of ${TYPES.join(', ')}`,
    );
  const filters: Record<string, unknown> = {
    limit: parseLimit(query, 100),
    offset: parseOffset(query),
  };
  for (const name of IDS) if (isSet(query[name], '∞')) filters[name] = parseFilterId(name, query[name]);
  for (const name of PATTERNS) {
    if (!isSet(query[name], '%')) continue;
    if ((query[name] ?? '').length > MAX_PATTERN)
      throw new MigError('parameter_invalid', `${name}: is too long`);
    filters[name] = query[name];
  }
  for (const name of ['after', 'before']) {
    if (query[name] === undefined || query[name] === '') continue;
    filters[name] = toTimestamp(query[name] ?? '');
    if (filters[name] === undefined)
      throw new MigError('parameter_invalid', `${name}: must be an RFC 3339 time`);
  }
  for (const name of ['foundanything', 'haserrors'] as const) {
    const text = query[name];
    if (text === undefined) continue;
    if (!/^(true|false)$/i.test(text))
      throw new MigError('parameter_invalid', `${name}: must be true or false`);
    filters[name] = text.toLowerCase() === 'true';
  }
  const target = query.target || undefined;
  checkCombination(type, target, filters);
  return { type, target, filters: filters as unknown as SearchFilters };
}

/** Refuses what would be left out of account. */
function checkCombination(
  type: SearchType,
  target: string | undefined,
  filters: Readonly<Record<string, unknown>>,
): void {
  const { limit: _limit, offset: _offset, ...others } = filters;
  for (const [name, only] of Object.entries(TYPE_OF)) {
    const isGiven = name === 'target' ? target !== undefined : others[name] !== undefined;
    if (isGiven && type !== only) throw new MigError('parameter_invalid', `${name}: only for type=${only}`);
  }
  const [other] = Object.keys(others);
  if (target !== undefined && other !== undefined)
    throw new MigError('parameter_invalid', `${other}: cannot be combined with target; say it in the target`);
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

/** MIG repeats all parameters with their defaults. */
function echoParameters(query: Record<string, string>, nowMs: number): Record<string, unknown> {
  return {
    ...Object.fromEntries(IDS.map((name) => [name, query[name] ?? '∞'])),
    ...Object.fromEntries(PATTERNS.map((name) => [name, query[name] ?? '%'])),
    after: query.after ?? timestampFromMillis(nowMs - DEFAULT_WINDOW_MS),
    before: query.before ?? timestampFromMillis(nowMs + DEFAULT_WINDOW_MS),
    foundanything: query.foundanything?.toLowerCase() === 'true',
    limit: Number(query.limit || 100),
    offset: Number(query.offset || 0),
    report: query.report ?? '',
    target: query.target ?? '',
    type: query.type ?? 'action',
  };
}

function isSet(value: string | undefined, any: string): boolean {
  return value !== undefined && value !== '' && value !== any;
}

/** As MIG's clients write ids. */
const FILTER_ID = /^\d+(\.0*)?$/;

function parseFilterId(name: string, text = ''): number {
  const id = Number(text);
  if (!FILTER_ID.test(text) || !Number.isSafeInteger(id))
    throw new MigError('parameter_invalid', `${name}: not an id`);
  return id;
}
