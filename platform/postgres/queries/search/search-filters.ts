import { HAS_ERRORS } from '../actions/counters.ts';

/** The filters of a search (spec/api.md#search). Names are patterns, see `toIlike`; undefined matches every row. */
export interface SearchFilters {
  actionid?: number | undefined;
  commandid?: number | undefined;
  agentid?: number | undefined;
  investigatorid?: number | undefined;
  manifestid?: number | undefined;
  loaderid?: number | undefined;
  actionname?: string | undefined;
  agentname?: string | undefined;
  agentversion?: string | undefined;
  investigatorname?: string | undefined;
  manifestname?: string | undefined;
  loadername?: string | undefined;
  status?: string | undefined;
  threatfamily?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
  foundanything?: boolean | undefined;
  haserrors?: boolean | undefined;
  limit: number;
  offset: number;
}

// Beginnings of sub-selects; `i` is an investigator, `a` an action, `c` a command, `g` an agent.

const SIGNER_OF = `
    SELECT FROM signatures s
    JOIN investigators i ON i.id = s.investigatorid
    WHERE s.actionid`;
const COMMAND_OF_ACTION = `
    SELECT FROM commands c
    JOIN agents g ON g.id = c.agentid
    WHERE c.actionid = actions.id`;
const COMMAND_OF_AGENT = `
    SELECT FROM commands c
    JOIN actions a ON a.id = c.actionid
    WHERE c.agentid = agents.id`;
const SIGNED_BY_INVESTIGATOR = `
    SELECT FROM signatures s
    JOIN actions a ON a.id = s.actionid
    WHERE s.investigatorid = investigators.id`;
const AGENT_OF_SIGNED = `
    SELECT FROM commands c
    JOIN agents g ON g.id = c.agentid
    WHERE c.actionid = a.id`;

/** The condition of each filter; `value` is its parameter. */
type Conditions = Partial<Record<keyof SearchFilters, (value: string) => string>>;

const ACTION_FILTERS = {
  actionid: (value) => `actions.id = ${value}`,
  actionname: (value) => `actions.name ILIKE ${value}`,
  status: (value) => `actions.status ILIKE ${value}`,
  threatfamily: (value) => `actions.threat ->> 'family' ILIKE ${value}`,
  investigatorid: (value) => `EXISTS (${SIGNER_OF} = actions.id AND i.id = ${value})`,
  investigatorname: (value) => `EXISTS (${SIGNER_OF} = actions.id AND i.name ILIKE ${value})`,
  commandid: (value) => `EXISTS (${COMMAND_OF_ACTION} AND c.id = ${value})`,
  agentid: (value) => `EXISTS (${COMMAND_OF_ACTION} AND g.id = ${value})`,
  agentname: (value) => `EXISTS (${COMMAND_OF_ACTION} AND g.name ILIKE ${value})`,
  agentversion: (value) => `EXISTS (${COMMAND_OF_ACTION} AND g.version ILIKE ${value})`,
  after: (value) => `actions.validfrom > ${value}`,
  before: (value) => `actions.expireafter < ${value}`,
} satisfies Conditions;

const COMMAND_FILTERS = {
  commandid: (value) => `commands.id = ${value}`,
  // A range, not an equality: with one, Postgres may read the newer commands of every action to keep the order by id.
  actionid: (value) => `commands.actionid BETWEEN ${value} AND ${value}`,
  agentid: (value) => `commands.agentid = ${value}`,
  status: (value) => `commands.status ILIKE ${value}`,
  actionname: (value) => `actions.name ILIKE ${value}`,
  threatfamily: (value) => `actions.threat ->> 'family' ILIKE ${value}`,
  agentname: (value) => `agents.name ILIKE ${value}`,
  agentversion: (value) => `agents.version ILIKE ${value}`,
  investigatorid: (value) => `EXISTS (${SIGNER_OF} = commands.actionid AND i.id = ${value})`,
  investigatorname: (value) => `EXISTS (${SIGNER_OF} = commands.actionid AND i.name ILIKE ${value})`,
  // A match counts although another operation failed or was cut off; only a success shows that nothing was found.
  foundanything: (value) => `(${value} OR commands.status = 'success') AND EXISTS (
    SELECT FROM json_array_elements(commands.results) r
    WHERE (r ->> 'foundanything')::boolean = ${value}
  )`,
  haserrors: (value) => `${HAS_ERRORS} = ${value}`,
  after: (value) => `commands.starttime > ${value}`,
  before: (value) => `commands.starttime < ${value}`,
} satisfies Conditions;

const AGENT_FILTERS = {
  agentid: (value) => `agents.id = ${value}`,
  agentname: (value) => `agents.name ILIKE ${value}`,
  agentversion: (value) => `agents.version ILIKE ${value}`,
  status: (value) => `agents.status ILIKE ${value}`,
  actionid: (value) => `EXISTS (${COMMAND_OF_AGENT} AND c.actionid = ${value})`,
  actionname: (value) => `EXISTS (${COMMAND_OF_AGENT} AND a.name ILIKE ${value})`,
  commandid: (value) => `EXISTS (${COMMAND_OF_AGENT} AND c.id = ${value})`,
  threatfamily: (value) => `EXISTS (${COMMAND_OF_AGENT} AND a.threat ->> 'family' ILIKE ${value})`,
  investigatorid: (value) =>
    `EXISTS (${COMMAND_OF_AGENT} AND EXISTS (${SIGNER_OF} = a.id AND i.id = ${value}))`,
  investigatorname: (value) =>
    `EXISTS (${COMMAND_OF_AGENT} AND EXISTS (${SIGNER_OF} = a.id AND i.name ILIKE ${value}))`,
  after: (value) => `agents.heartbeattime > ${value}`,
  before: (value) => `agents.heartbeattime < ${value}`,
} satisfies Conditions;

const INVESTIGATOR_FILTERS = {
  investigatorid: (value) => `investigators.id = ${value}`,
  investigatorname: (value) => `investigators.name ILIKE ${value}`,
  status: (value) => `investigators.status ILIKE ${value}`,
  actionid: (value) => `EXISTS (${SIGNED_BY_INVESTIGATOR} AND a.id = ${value})`,
  actionname: (value) => `EXISTS (${SIGNED_BY_INVESTIGATOR} AND a.name ILIKE ${value})`,
  threatfamily: (value) => `EXISTS (${SIGNED_BY_INVESTIGATOR} AND a.threat ->> 'family' ILIKE ${value})`,
  commandid: (value) =>
    `EXISTS (${SIGNED_BY_INVESTIGATOR} AND a.id IN (SELECT actionid FROM commands WHERE commands.id = ${value}))`,
  agentid: (value) =>
    `EXISTS (${SIGNED_BY_INVESTIGATOR} AND EXISTS (${AGENT_OF_SIGNED} AND g.id = ${value}))`,
  agentname: (value) =>
    `EXISTS (${SIGNED_BY_INVESTIGATOR} AND EXISTS (${AGENT_OF_SIGNED} AND g.name ILIKE ${value}))`,
  agentversion: (value) =>
    `EXISTS (${SIGNED_BY_INVESTIGATOR} AND EXISTS (${AGENT_OF_SIGNED} AND g.version ILIKE ${value}))`,
  after: (value) => `investigators.lastmodified > ${value}`,
  before: (value) => `investigators.lastmodified < ${value}`,
} satisfies Conditions;

const MANIFEST_FILTERS = {
  manifestid: (value) => `manifests.id = ${value}`,
  manifestname: (value) => `manifests.name ILIKE ${value}`,
  status: (value) => `manifests.status ILIKE ${value}`,
  after: (value) => `manifests.timestamp > ${value}`,
  before: (value) => `manifests.timestamp < ${value}`,
} satisfies Conditions;

const LOADER_FILTERS = {
  loaderid: (value) => `loaders.id = ${value}`,
  loadername: (value) => `loaders.loadername ILIKE ${value}`,
  agentname: (value) => `loaders.name ILIKE ${value}`,
  after: (value) => `loaders.lastseen > ${value}`,
  before: (value) => `loaders.lastseen < ${value}`,
} satisfies Conditions;

/** The filters of each type of record. */
export const SEARCH_FILTERS = {
  action: ACTION_FILTERS,
  command: COMMAND_FILTERS,
  agent: AGENT_FILTERS,
  investigator: INVESTIGATOR_FILTERS,
  manifest: MANIFEST_FILTERS,
  loader: LOADER_FILTERS,
} as const;

/** Filters with wildcards. */
const PATTERNS: ReadonlySet<string> = new Set([
  'actionname',
  'agentname',
  'agentversion',
  'investigatorname',
  'manifestname',
  'loadername',
  'status',
  'threatfamily',
]);

interface FilteredPage {
  /** The WHERE clause of the filters that are set. */
  where: string;
  /** LIMIT and OFFSET. */
  paging: string;
  values: unknown[];
}

export function filterPage(filters: SearchFilters, conditions: Conditions): FilteredPage {
  const values: unknown[] = [];
  const addParameter = (value: unknown) => `$${values.push(value)}`;
  const parts: string[] = [];
  for (const [name, condition] of Object.entries(conditions)) {
    const value = filters[name as keyof SearchFilters];
    if (value === undefined) continue;
    parts.push(`(${condition(addParameter(PATTERNS.has(name) ? toIlike(String(value)) : value))})`);
  }
  return {
    where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`,
    paging: `LIMIT ${addParameter(Math.trunc(filters.limit))} OFFSET ${addParameter(Math.trunc(filters.offset))}`,
    values,
  };
}

/**
 * MIG's patterns are those of ILIKE: `%` and `_` are wildcards, and a backslash before one of them or itself makes it
 * a literal. Any other backslash is a literal, where ILIKE would drop it: `DOMAIN\\host` is a name.
 */
function toIlike(pattern: string): string {
  return pattern.replace(/\\([%_\\]?)/g, (pair, escaped) => (escaped === '' ? '\\\\' : pair));
}
