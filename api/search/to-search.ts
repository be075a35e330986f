import type { z } from 'zod';
import { ANY_ID, ANY_NAME, type SEARCH_TYPES, type search } from '../../contract/api/search.ts';
import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import {
  ACTION_STATUSES,
  AGENT_STATUSES,
  COMMAND_STATUSES,
  INVESTIGATOR_STATUSES,
  MANIFEST_STATUSES,
} from '../../contract/statuses.ts';
import { SEARCH_FILTERS, type SearchFilters } from '../../platform/postgres/queries/search/search-filters.ts';

type Given = z.output<typeof search.parameters>;
type SearchType = (typeof SEARCH_TYPES)[number];

const IDS = ['actionid', 'commandid', 'agentid', 'investigatorid', 'manifestid', 'loaderid'];
const PATTERNS = [
  'actionname',
  'agentname',
  'agentversion',
  'investigatorname',
  'loadername',
  'manifestname',
  'status',
  'threatfamily',
];
const STATUSES: Record<SearchType, readonly string[]> = {
  action: ACTION_STATUSES,
  command: COMMAND_STATUSES,
  agent: AGENT_STATUSES,
  investigator: INVESTIGATOR_STATUSES,
  manifest: MANIFEST_STATUSES,
  // No filter of loaders looks at a status.
  loader: [],
};
const DEFAULT_LIMIT = 100;
const DEFAULT_TYPE = 'action';
const DEFAULT_WINDOW_MS = 39_600 * 3_600_000;

export interface Search {
  type: SearchType;
  /** The target of the agents; undefined for a search by filters. */
  target: string | undefined;
  filters: SearchFilters;
}

/** The search that the parameters ask for. A filter that would have no effect is refused by name: MIG finds too much. */
export function toSearch({ type, target, limit, offset, ...filters }: Given): Search {
  const names = Object.entries({ target, ...filters })
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name);
  for (const name of names) refuseForOtherType(name, type);
  if (filters.status !== undefined) refuseStatus(filters.status, type);
  if (target !== undefined) refuseWithTarget(names.find((name) => name !== 'target'));
  return { type, target, filters: { ...filters, limit, offset } };
}

/** All of MIG's parameters with their defaults, as MIG repeats them. */
export function echoParameters(
  query: Readonly<Record<string, string>>,
  nowMs: number,
): Record<string, unknown> {
  return {
    ...Object.fromEntries(IDS.map((name) => [name, query[name] ?? ANY_ID])),
    ...Object.fromEntries(PATTERNS.map((name) => [name, query[name] ?? ANY_NAME])),
    after: query.after ?? timestampFromMillis(nowMs - DEFAULT_WINDOW_MS),
    before: query.before ?? timestampFromMillis(nowMs + DEFAULT_WINDOW_MS),
    foundanything: query.foundanything?.toLowerCase() === 'true',
    limit: Number(query.limit || DEFAULT_LIMIT),
    offset: Number(query.offset || 0),
    report: query.report ?? '',
    target: query.target ?? '',
    type: query.type ?? DEFAULT_TYPE,
  };
}

function refuseForOtherType(name: string, type: SearchType): void {
  const types =
    name === 'target'
      ? ['agent']
      : Object.entries(SEARCH_FILTERS).flatMap(([one, filters]) =>
          Object.hasOwn(filters, name) ? [one] : [],
        );
  if (types.includes(type)) return;
  const where = types.length === 0 ? 'no search uses it' : `only for type=${types.join(', ')}`;
  throw new MigError('parameter_invalid', `${name}: ${where}`);
}

function refuseWithTarget(other: string | undefined): void {
  if (other === undefined) return;
  throw new MigError('parameter_invalid', `${other}: cannot be combined with target; say it in the target`);
}

/** Refuses a mistyped status, which would match no record. Patterns are not checked: they may match anything. */
function refuseStatus(status: string, type: SearchType): void {
  const known = STATUSES[type];
  if (/[%_]/.test(status) || known.includes(status.toLowerCase())) return;
  throw new MigError('parameter_invalid', `status: must be one of ${known.join(', ')}, or a pattern with %`);
}
