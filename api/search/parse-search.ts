import { MigError } from '../../contract/errors.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import {
  ACTION_STATUSES,
  AGENT_STATUSES,
  COMMAND_STATUSES,
  INVESTIGATOR_STATUSES,
} from '../../contract/statuses.ts';
import { SEARCH_FILTERS, type SearchFilters } from '../../platform/postgres/queries/search-filters.ts';
import { refuseUnknown } from '../http/parse-pairs.ts';
import { parseFilterId, parseLimit, parseOffset, parseSwitch, parseTime } from '../http/parse-values.ts';

export type SearchType = keyof typeof SEARCH_FILTERS;
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
/** What may say which records are meant; each with its word for any, which asks nothing. */
const ANY: ReadonlyMap<string, string> = new Map([
  ...IDS.map((name) => [name, '∞'] as const),
  ...PATTERNS.map((name) => [name, '%'] as const),
  ...[...TIMES, ...SWITCHES, 'target', 'report'].map((name) => [name, ''] as const),
]);
/** MIG's parameters, and `haserrors`. */
export const SEARCH_PARAMETERS: readonly string[] = ['type', 'limit', 'offset', ...ANY.keys()];

const STATUSES: Record<SearchType, readonly string[]> = {
  action: ACTION_STATUSES,
  command: COMMAND_STATUSES,
  agent: AGENT_STATUSES,
  investigator: INVESTIGATOR_STATUSES,
};
const MAX_PATTERN = 1024;
const DEFAULT_WINDOW_MS = 39_600 * 3_600_000;

export interface Search {
  type: SearchType;
  /** Agents by their target; undefined for a search by filters. */
  target: string | undefined;
  filters: SearchFilters;
}

/** Parses the parameters of a search. Every parameter that would have no effect is refused by name. */
export function parseSearch(query: Readonly<Record<string, string>>): Search {
  const type = TYPES.find((candidate) => candidate === (query.type ?? 'action'));
  if (!type)
    throw new MigError(
      'parameter_invalid',
      `type: search type is invalid, must be one of ${TYPES.join(', ')}`,
    );
  refuseUnknown(Object.keys(query), SEARCH_PARAMETERS);
  const given = [...ANY].filter(([name, any]) => isGiven(query[name], any)).map(([name]) => name);
  const { target, ...asked } = Object.fromEntries(given.map((name) => [name, query[name] ?? '']));
  for (const name of given) refuseElsewhere(name, type);
  if (given.includes('status')) refuseStatus(query.status ?? '', type);
  const [other] = Object.keys(asked);
  if (target !== undefined && other !== undefined)
    throw new MigError('parameter_invalid', `${other}: cannot be combined with target; say it in the target`);
  return {
    type,
    target,
    filters: {
      ...Object.fromEntries(Object.entries(asked).map(([name, text]) => [name, parseValue(name, text)])),
      limit: parseLimit(query, 100),
      offset: parseOffset(query),
    },
  };
}

/** MIG repeats all parameters with their defaults. */
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
    limit: Number(query.limit || 100),
    offset: Number(query.offset || 0),
    report: query.report ?? '',
    target: query.target ?? '',
    type: query.type ?? 'action',
  };
}

function isGiven(value: string | undefined, any: string): boolean {
  return value !== undefined && value !== '' && value !== any;
}

/** MIG forgets what it does not filter a type by, and gives more than was asked for. */
function refuseElsewhere(name: string, type: SearchType): void {
  const types =
    name === 'target' ? ['agent'] : TYPES.filter((one) => Object.hasOwn(SEARCH_FILTERS[one], name));
  if (types.includes(type)) return;
  const where = types.length === 0 ? 'nothing here is searched by it' : `only for type=${types.join(', ')}`;
  throw new MigError('parameter_invalid', `${name}: ${where}`);
}

/** A misspelt status would look like one that no record has. Patterns pass: they may match anything. */
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
