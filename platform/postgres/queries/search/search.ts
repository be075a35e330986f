import { readPages } from '../../cursor.ts';
import type { Pool, Queryable } from '../../pool.ts';
import { ACTION_COLUMNS, type ActionRow } from '../actions/actions.ts';
import { AGENT_COLUMNS, type AgentRow } from '../agents/agents.ts';
import type { InvestigatorRow } from '../investigators.ts';
import { LOADER_COLUMNS, type LoaderRow } from '../loaders.ts';
import { MANIFEST_COLUMNS, type ManifestRow } from '../manifests.ts';
import { filterPage, SEARCH_FILTERS, type SearchFilters } from './search-filters.ts';

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

/** Rows in memory at a time: a command's results may have 4 MB, an action 1.5 MB, an agent 100 kB. */
const PAGE_ROWS = { large: 16, small: 100 } as const;

export function searchActions(pool: Pool, filters: SearchFilters): AsyncGenerator<ActionRow[]> {
  const { where, paging, values } = filterPage(filters, SEARCH_FILTERS.action);
  // In launch order, not by `validfrom` as in MIG: `mig` moves that back by up to ten minutes at random.
  const text = `
    SELECT ${ACTION_COLUMNS.join(', ')}
    FROM actions
    ${where}
    ORDER BY id DESC
    ${paging}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.large });
}

/** Rows come from a cursor of `pool`, their actions from `db`: the cursor's connection is busy until the last page. */
export async function* searchCommands(
  pool: Pool,
  db: Queryable,
  filters: SearchFilters,
): AsyncGenerator<CommandDetail[]> {
  const { where, paging, values } = filterPage(filters, SEARCH_FILTERS.command);
  // The commands of one action have one start time, so their index on (actionid, id) yields the page without a sort.
  const order =
    filters.actionid === undefined
      ? 'commands.starttime DESC, commands.id DESC'
      : 'commands.actionid DESC, commands.id DESC';
  // The page is chosen before its wide rows are joined, and from no more tables than the filters name.
  const page = `
    SELECT commands.*
    FROM commands
    ${where.includes('actions.') ? 'JOIN actions ON actions.id = commands.actionid' : ''}
    ${where.includes('agents.') ? 'JOIN agents ON agents.id = commands.agentid' : ''}
    ${where}
    ORDER BY ${order}
    ${paging}`;
  const text = `
    ${selectCommands(`(${page})`)}
    ORDER BY ${order}`;
  const actions = new Map<number, ActionRow>();
  for await (const rows of readPages<CommandRow>(pool, { text, values, pageRows: PAGE_ROWS.large })) {
    const known = await loadActions(db, rows, actions);
    yield rows.map((row) => toDetail(row, known));
  }
}

export async function commandById(db: Queryable, id: number): Promise<CommandDetail | undefined> {
  const { rows } = await db.query<CommandRow>({
    name: 'command by id',
    text: `
      ${selectCommands('commands')}
      WHERE commands.id = $1`,
    values: [id],
  });
  const [row] = rows;
  return row && toDetail(row, await loadActions(db, rows, new Map()));
}

/** The agent's columns, and those of the command with a prefix. */
interface CommandRow extends AgentRow {
  command_id: number;
  command_actionid: number;
  command_status: string;
  command_results: string | null;
  command_starttime: string;
  command_finishtime: string;
}

const selectCommands = (source: string) => `
  SELECT
    commands.id AS command_id,
    commands.actionid AS command_actionid,
    commands.status AS command_status,
    commands.results AS command_results,
    commands.starttime AS command_starttime,
    commands.finishtime AS command_finishtime,
    ${AGENT_COLUMNS.join(',\n    ')}
  FROM ${source} commands
  JOIN agents ON agents.id = commands.agentid`;

/** Actions that one search keeps in memory: each may have 1.5 MB. */
const MAX_KNOWN_ACTIONS = 32;

/** The commands of a search often belong to one action: it is read once, and is one object for all of them. */
async function loadActions(
  db: Queryable,
  rows: readonly CommandRow[],
  known: Map<number, ActionRow>,
): Promise<ReadonlyMap<number, ActionRow>> {
  const ids = new Set(rows.map((row) => row.command_actionid));
  const unknownIds = () => [...ids].filter((id) => !known.has(id));
  if (unknownIds().length === 0) return known;
  if (known.size + unknownIds().length > MAX_KNOWN_ACTIONS) known.clear();
  const found = await db.query<ActionRow>({
    name: 'actions by ids',
    text: `SELECT ${ACTION_COLUMNS.join(', ')}
     FROM actions
     WHERE id = ANY($1::numeric[])`,
    values: [unknownIds()],
  });
  for (const action of found.rows) known.set(action.id, action);
  return known;
}

function toDetail(row: CommandRow, actions: ReadonlyMap<number, ActionRow>): CommandDetail {
  const {
    command_id,
    command_actionid,
    command_status,
    command_results,
    command_starttime,
    command_finishtime,
    ...agent
  } = row;
  const action = actions.get(command_actionid);
  if (!action) throw new Error(`command ${command_id}: no action ${command_actionid}`);
  return {
    id: command_id,
    status: command_status,
    results: command_results,
    starttime: command_starttime,
    finishtime: command_finishtime,
    action,
    agent,
  };
}

export function searchAgents(pool: Pool, filters: SearchFilters): AsyncGenerator<AgentRow[]> {
  const { where, paging, values } = filterPage(filters, SEARCH_FILTERS.agent);
  // Not by heartbeat as in MIG: successive pages would miss agents and repeat others.
  const text = `
    SELECT ${AGENT_COLUMNS.join(', ')}
    FROM agents
    ${where}
    ORDER BY id
    ${paging}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.small });
}

/** The agents with these ids, in that order. */
export function agentsByIds(pool: Pool, ids: readonly number[]): AsyncGenerator<AgentRow[]> {
  const text = `
    SELECT ${AGENT_COLUMNS.join(', ')}
    FROM unnest($1::numeric[]) WITH ORDINALITY AS page (id, place)
    JOIN agents ON agents.id = page.id
    ORDER BY page.place`;
  return readPages(pool, { text, values: [ids], pageRows: PAGE_ROWS.small });
}

export function searchInvestigators(pool: Pool, filters: SearchFilters): AsyncGenerator<InvestigatorRow[]> {
  const { where, paging, values } = filterPage(filters, SEARCH_FILTERS.investigator);
  const text = `
    SELECT
      id,
      name,
      pgpfingerprint,
      NULL::bytea AS publickey,
      status,
      createdat,
      lastmodified,
      permissions
    FROM investigators
    ${where}
    ORDER BY id
    ${paging}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.small });
}

/** Manifests without their content, newest first. */
export function searchManifests(pool: Pool, filters: SearchFilters): AsyncGenerator<ManifestRow[]> {
  const { where, paging, values } = filterPage(filters, SEARCH_FILTERS.manifest);
  const text = `
    SELECT ${MANIFEST_COLUMNS}
    FROM manifests
    ${where}
    ORDER BY timestamp DESC, id DESC
    ${paging}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.small });
}

export function searchLoaders(pool: Pool, filters: SearchFilters): AsyncGenerator<LoaderRow[]> {
  const { where, paging, values } = filterPage(filters, SEARCH_FILTERS.loader);
  const text = `
    SELECT ${LOADER_COLUMNS}
    FROM loaders
    ${where}
    ORDER BY loadername
    ${paging}`;
  return readPages(pool, { text, values, pageRows: PAGE_ROWS.small });
}
