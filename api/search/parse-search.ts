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
import { refuseUnknown } from '../http/parse-pairs.ts';
import { parseFilterId, parseLimit, parseOffset, parseSwitch, parseTime } from '../http/parse-values.ts';

type SearchType = keyof typeof SEARCH_FILTERS;
const TYPES = Object.keys(SEARCH_FILTERS) as SearchType[];

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
const TIMES = ['after', 'before'] as const;
const SWITCHES = ['foundanything', 'haserrors'] as const;
const WITHOUT_ANY = [...TIMES, ...SWITCHES, 'target', 'report'] as const;
/** The parameters that select records, each with MIG's value for "any", which does not filter. */
const ANY: ReadonlyMap<string, string> = new Map([
  ...IDS.map((name) => [name, '∞'] as const),
  ...PATTERNS.map((name) => [name, '%'] as const),
  ...WITHOUT_ANY.map((name) => [name, ''] as const),
]);
/** MIG's parameters, and `haserrors`. */
export const SEARCH_PARAMETERS: readonly string[] = ['type', 'limit', 'offset', ...ANY.keys()];

const STATUSES: Record<SearchType, readonly string[]> = {
  action: ACTION_STATUSES,
  command: COMMAND_STATUSES,
  agent: AGENT_STATUSES,
  investigator: INVESTIGATOR_STATUSES,
  manifest: MANIFEST_STATUSES,
  // No filter of loaders looks at a status.
  loader: [],
};
const MAX_PATTERN = 1024;
const DEFAULT_LIMIT = 100;
const DEFAULT_TYPE = 'action';
const DEFAULT_WINDOW_MS = 39_600 * 3_600_000;

export interface Search {
  type: SearchType;
  /** The target of the agents; undefined for a search by filters. */
  target: string | undefined;
  filters: SearchFilters;
}

/** Parses the parameters of a search. Every parameter that would have no effect is refused by name. */
export function parseSearch(query: Readonly<Record<string, string>>): Search {
  const type = parseType(query.type ?? DEFAULT_TYPE);
  refuseUnknown(Object.keys(query), SEARCH_PARAMETERS);
  const given = givenParameters(query);
  for (const name of given.keys()) refuseForOtherType(name, type);
  const { target, ...filters } = Object.fromEntries(given);
  if (filters.status !== undefined) refuseStatus(filters.status, type);
  if (target !== undefined) refuseWithTarget(Object.keys(filters));
  const values = Object.entries(filters).map(([name, text]) => [name, parseValue(name, text)]);
  return {
    type,
    target,
    filters: {
      ...Object.fromEntries(values),
      limit: parseLimit(query, DEFAULT_LIMIT),
      offset: parseOffset(query),
    },
  };
}

/** All of MIG's parameters with their defaults, as MIG repeats them. */
export function echoParameters(
  query: Readonly<Record<string, string>>,
  nowMs: number,
): Record<string, unknown> {
  return {
    ...Object.fromEntries(IDS.map((name) => [name, query[name] ?? '∞'])),
    ...Object.fromEntries(PATTERNS.map((name) => [name, query[name] ?? '%'])),
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

function parseType(text: string): SearchType {
  const type = TYPES.find((candidate) => candidate === text);
  if (type) return type;
  throw new MigError('parameter_invalid', `type: search type is invalid, must be one of ${TYPES.join(', ')}`);
}

/** Returns the parameters that filter. */
function givenParameters(query: Readonly<Record<string, string>>): Map<string, string> {
  const given = new Map<string, string>();
  for (const [name, any] of ANY) {
    const value = query[name];
    if (value !== undefined && value !== '' && value !== any) given.set(name, value);
  }
  return given;
}

/** Refuses a filter that the type lacks. MIG ignores it, and returns too many records. */
function refuseForOtherType(name: string, type: SearchType): void {
  const types =
    name === 'target' ? ['agent'] : TYPES.filter((one) => Object.hasOwn(SEARCH_FILTERS[one], name));
  if (types.includes(type)) return;
  const where = types.length === 0 ? 'no search uses it' : `only for type=${types.join(', ')}`;
  throw new MigError('parameter_invalid', `${name}: ${where}`);
}

function refuseWithTarget([other]: readonly string[]): void {
  if (other === undefined) return;
  throw new MigError('parameter_invalid', `${other}: cannot be combined with target; say it in the target`);
}

/** Refuses a mistyped status, which would match no record. Patterns are not checked: they may match anything. */
function refuseStatus(status: string, type: SearchType): void {
  const known = STATUSES[type];
  if (/[%_]/.test(status) || known.includes(status.toLowerCase())) return;
  throw new MigError('parameter_invalid', `status: must be one of ${known.join(', ')}, or a pattern with %`);
}

function parseValue(name: string, text: string): string | number | boolean {
  if (isOneOf(IDS, name)) return parseFilterId(name, text);
  if (isOneOf(TIMES, name)) return parseTime(name, text);
  if (isOneOf(SWITCHES, name)) return parseSwitch(name, text);
  if (text.length > MAX_PATTERN) throw new MigError('parameter_invalid', `${name}: is too long`);
  return text;
}

function isOneOf(names: readonly string[], name: string): boolean {
  return names.includes(name);
}
