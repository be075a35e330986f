import { readPages } from '../cursor.ts';
import type { Pool, Queryable } from '../pool.ts';
import { ACTION_COLUMNS, type ActionRow, HAS_ERRORS } from './actions.ts';
import { AGENT_COLUMNS, type AgentRow } from './agents.ts';
import type { InvestigatorRow } from './investigators.ts';

/** The filters of a search (spec/api.md#search). Names are patterns as `toIlike` reads them; undefined means any. */
export interface SearchFilters {
  actionid?: number | undefined;
  commandid?: number | undefined;
  agentid?: number | undefined;
  investigatorid?: number | undefined;
  actionname?: string | undefined;
  agentname?: string | undefined;
  agentversion?: string | undefined;
  investigatorname?: string | undefined;
  status?: string | undefined;
  threatfamily?: string | undefined;
  after?: string | undefined;
  before?: string | undefined;
  foundanything?: boolean | undefined;
  haserrors?: boolean | undefined;
  limit: number;
  offset: number;
}

/** A command with its action and agent. */
export interface CommandDetail {
  id: number;
  status: string;
  results: string | null;
  starttime: string;
  finishtime: string;
  action: ActionRow;
  agent: AgentRow;
}

/** Rows of one page: a command's results may have 4 MB, an action 1.5 MB, an agent 100 kB. */
const PAGE_ROWS = { large: 16, small: 100 } as const;

const IS_SIGNER =
  'SELECT 1 FROM signatures s JOIN investigators i ON i.id = s.investigatorid WHERE s.actionid';
const IS_COMMAND = 'SELECT 1 FROM commands c JOIN agents g ON g.id = c.agentid WHERE c.actionid = actions.id';
const RUNS = 'SELECT 1 FROM commands c JOIN actions a ON a.id = c.actionid WHERE c.agentid = agents.id';
const HAS_SIGNED =
  'SELECT 1 FROM signatures s JOIN actions a ON a.id = s.actionid WHERE s.investigatorid = investigators.id';
const WAS_SENT = 'SELECT 1 FROM commands c JOIN agents g ON g.id = c.agentid WHERE c.actionid = a.id';

/** What each filter asks of a row, `?` being its value. */
type Templates = Partial<Record<keyof SearchFilters, string>>;

const ACTION_FILTERS = {
  actionid: 'actions.id = ?',
  actionname: 'actions.name ILIKE ?',
  status: 'actions.status ILIKE ?',
  threatfamily: `actions.threat ->> 'family' ILIKE ?`,
  investigatorid: `EXISTS (${IS_SIGNER} = actions.id AND i.id = ?)`,
  investigatorname: `EXISTS (${IS_SIGNER} = actions.id AND i.name ILIKE ?)`,
  commandid: `EXISTS (${IS_COMMAND} AND c.id = ?)`,
  agentid: `EXISTS (${IS_COMMAND} AND g.id = ?)`,
  agentname: `EXISTS (${IS_COMMAND} AND g.name ILIKE ?)`,
  agentversion: `EXISTS (${IS_COMMAND} AND g.version ILIKE ?)`,
  after: 'actions.validfrom > ?',
  before: 'actions.expireafter < ?',
} satisfies Templates;

const COMMAND_FILTERS = {
  commandid: 'commands.id = ?',
  actionid: 'commands.actionid = ?',
  agentid: 'commands.agentid = ?',
  status: 'commands.status ILIKE ?',
  actionname: 'actions.name ILIKE ?',
  threatfamily: `actions.threat ->> 'family' ILIKE ?`,
  agentname: 'agents.name ILIKE ?',
  agentversion: 'agents.version ILIKE ?',
  investigatorid: `EXISTS (${IS_SIGNER} = commands.actionid AND i.id = ?)`,
  investigatorname: `EXISTS (${IS_SIGNER} = commands.actionid AND i.name ILIKE ?)`,
  // What was found before an operation failed or was cut off was found; that nothing was, only success shows.
  foundanything: `(? OR commands.status = 'success') AND EXISTS (
    SELECT 1 FROM json_array_elements(commands.results) r WHERE (r ->> 'foundanything')::boolean = ?)`,
  haserrors: `${HAS_ERRORS} = ?`,
  after: 'commands.starttime > ?',
  before: 'commands.starttime < ?',
} satisfies Templates;

const AGENT_FILTERS = {
  agentid: 'agents.id = ?',
  agentname: 'agents.name ILIKE ?',
  agentversion: 'agents.version ILIKE ?',
  status: 'agents.status ILIKE ?',
  actionid: `EXISTS (${RUNS} AND c.actionid = ?)`,
  actionname: `EXISTS (${RUNS} AND a.name ILIKE ?)`,
  commandid: `EXISTS (${RUNS} AND c.id = ?)`,
  threatfamily: `EXISTS (${RUNS} AND a.threat ->> 'family' ILIKE ?)`,
  investigatorid: `EXISTS (${RUNS} AND EXISTS (${IS_SIGNER} = a.id AND i.id = ?))`,
  investigatorname: `EXISTS (${RUNS} AND EXISTS (${IS_SIGNER} = a.id AND i.name ILIKE ?))`,
  after: 'agents.heartbeattime > ?',
  before: 'agents.heartbeattime < ?',
} satisfies Templates;

const INVESTIGATOR_FILTERS = {
  investigatorid: 'investigators.id = ?',
  investigatorname: 'investigators.name ILIKE ?',
  status: 'investigators.status ILIKE ?',
  actionid: `EXISTS (${HAS_SIGNED} AND a.id = ?)`,
  actionname: `EXISTS (${HAS_SIGNED} AND a.name ILIKE ?)`,
  threatfamily: `EXISTS (${HAS_SIGNED} AND a.threat ->> 'family' ILIKE ?)`,
  commandid: `EXISTS (${HAS_SIGNED} AND a.id IN (SELECT actionid FROM commands WHERE commands.id = ?))`,
  agentid: `EXISTS (${HAS_SIGNED} AND EXISTS (${WAS_SENT} AND g.id = ?))`,
  agentname: `EXISTS (${HAS_SIGNED} AND EXISTS (${WAS_SENT} AND g.name ILIKE ?))`,
  agentversion: `EXISTS (${HAS_SIGNED} AND EXISTS (${WAS_SENT} AND g.version ILIKE ?))`,
  after: 'investigators.lastmodified > ?',
  before: 'investigators.lastmodified < ?',
} satisfies Templates;

/** What each type of record is searched by. */
export const SEARCH_FILTERS = {
  action: ACTION_FILTERS,
  command: COMMAND_FILTERS,
  agent: AGENT_FILTERS,
  investigator: INVESTIGATOR_FILTERS,
} as const;

export function searchActions(pool: Pool, filters: SearchFilters): AsyncGenerator<ActionRow[]> {
  const { where, values } = conditions(filters, ACTION_FILTERS);
  // In the order of their launch, not by `validfrom` as in MIG: `mig` moves that back by up to ten minutes at random.
  const text = `
    SELECT ${ACTION_COLUMNS.join(', ')}
    FROM actions
    ${where}
    ORDER BY id DESC
    ${paging(filters)}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.large });
}

/** `rows` come from a cursor of `pool`, their actions from `db`: the cursor's connection is busy meanwhile. */
export async function* searchCommands(
  pool: Pool,
  db: Queryable,
  filters: SearchFilters,
): AsyncGenerator<CommandDetail[]> {
  const { where, values } = conditions(filters, COMMAND_FILTERS);
  // The commands of one action have one start time: their order is that of the index, and a page is its beginning.
  const order =
    filters.actionid === undefined ? 'commands.starttime DESC, commands.id DESC' : 'commands.id DESC';
  // The page is chosen before its wide rows are joined, and with no more tables than the filters name.
  const joins = [
    ...(where.includes('actions.') ? ['JOIN actions ON actions.id = commands.actionid'] : []),
    ...(where.includes('agents.') ? ['JOIN agents ON agents.id = commands.agentid'] : []),
  ].join(' ');
  const page = `SELECT commands.* FROM commands ${joins} ${where} ORDER BY ${order} ${paging(filters)}`;
  const text = `${commandsFrom(`(${page})`)} ORDER BY ${order}`;
  const actions = new Map<number, ActionRow>();
  for await (const rows of readPages<CommandRow>(pool, { text, values, pageRows: PAGE_ROWS.large })) {
    yield withActions(rows, await knownActions(db, rows, actions));
  }
}

export async function commandById(db: Queryable, id: number): Promise<CommandDetail | undefined> {
  const text = `${commandsFrom('commands')} WHERE commands.id = $1`;
  const { rows } = await db.query<CommandRow>({ name: 'command by id', text, values: [id] });
  return withActions(rows, await knownActions(db, rows, new Map()))[0];
}

type CommandRow = { c_actionid: number } & Record<string, unknown>;

const AGENT_NAMES = AGENT_COLUMNS.map((column) => column.replace('agents.', ''));
const commandsFrom = (source: string) => `
  SELECT commands.id AS c_id, commands.actionid AS c_actionid, commands.status AS c_status,
    commands.results AS c_results, commands.starttime AS c_starttime, commands.finishtime AS c_finishtime,
    ${AGENT_NAMES.map((name) => `agents.${name} AS g_${name}`).join(', ')}
  FROM ${source} commands JOIN agents ON agents.id = commands.agentid`;

/** Actions that one search keeps: each may have 1.5 MB. */
const MAX_KNOWN_ACTIONS = 32;

/** The commands of a search are often of one action: it is read once, and is one object for all of them. */
async function knownActions(
  db: Queryable,
  rows: readonly CommandRow[],
  known: Map<number, ActionRow>,
): Promise<ReadonlyMap<number, ActionRow>> {
  const missing = [...new Set(rows.map((row) => row.c_actionid))].filter((id) => !known.has(id));
  if (missing.length === 0) return known;
  if (known.size + missing.length > MAX_KNOWN_ACTIONS) known.clear();
  const ids = known.size === 0 ? [...new Set(rows.map((row) => row.c_actionid))] : missing;
  const text = `SELECT ${ACTION_COLUMNS.join(', ')} FROM actions WHERE id = ANY($1::numeric[])`;
  const found = await db.query<ActionRow>({ name: 'actions by ids', text, values: [ids] });
  for (const action of found.rows) known.set(action.id, action);
  return known;
}

function withActions(rows: readonly CommandRow[], actions: ReadonlyMap<number, ActionRow>): CommandDetail[] {
  return rows.map((row) => {
    const agent: Record<string, unknown> = {};
    for (const name of AGENT_NAMES) agent[name] = row[`g_${name}`];
    return {
      id: row.c_id,
      status: row.c_status,
      results: row.c_results,
      starttime: row.c_starttime,
      finishtime: row.c_finishtime,
      action: actions.get(row.c_actionid),
      agent,
    } as unknown as CommandDetail;
  });
}

export function searchAgents(pool: Pool, filters: SearchFilters): AsyncGenerator<AgentRow[]> {
  const { where, values } = conditions(filters, AGENT_FILTERS);
  // Not by heartbeat as in MIG: the pages behind one another would miss agents and repeat others.
  const text = `
    SELECT ${AGENT_COLUMNS.join(', ')}
    FROM agents
    ${where}
    ORDER BY id
    ${paging(filters)}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.small });
}

/** The agents with these ids, in the order of the ids. */
export function agentsByIds(pool: Pool, ids: readonly number[]): AsyncGenerator<AgentRow[]> {
  const text = `
    SELECT ${AGENT_COLUMNS.join(', ')}
    FROM unnest($1::numeric[]) WITH ORDINALITY AS page (id, place)
    JOIN agents ON agents.id = page.id
    ORDER BY page.place`;
  return readPages(pool, { text, values: [ids], pageRows: PAGE_ROWS.small });
}

export function searchInvestigators(pool: Pool, filters: SearchFilters): AsyncGenerator<InvestigatorRow[]> {
  const { where, values } = conditions(filters, INVESTIGATOR_FILTERS);
  const text = `
    SELECT id, name, pgpfingerprint, NULL::bytea AS publickey, status, createdat, lastmodified, permissions
    FROM investigators
    ${where}
    ORDER BY id
    ${paging(filters)}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.small });
}

/** Joins the conditions of the filters that are set, each `?` becoming the next parameter. */
function conditions(filters: SearchFilters, templates: Templates) {
  const values: unknown[] = [];
  const parts: string[] = [];
  for (const [name, template] of Object.entries(templates)) {
    const value = filters[name as keyof SearchFilters];
    if (value === undefined) continue;
    values.push(typeof value === 'string' && template.includes('ILIKE') ? toIlike(value) : value);
    parts.push(`(${template.replaceAll('?', `$${values.length}`)})`);
  }
  return { where: parts.length === 0 ? '' : `WHERE ${parts.join(' AND ')}`, values };
}

/**
 * MIG's patterns are those of ILIKE: `%` and `_` are wildcards, a backslash makes one of them (or itself) a literal. Before
 * anything else it is itself, where ILIKE would drop it: `DOMAIN\\host` is a name.
 */
function toIlike(pattern: string): string {
  return pattern.replace(/\\([%_\\]?)/g, (pair, escaped) => (escaped === '' ? '\\\\' : pair));
}

function paging({ limit, offset }: SearchFilters): string {
  return `LIMIT ${Math.trunc(limit)} OFFSET ${Math.trunc(offset)}`;
}
