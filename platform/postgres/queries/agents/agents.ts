import type { Queryable } from '../../pool.ts';

export interface AgentRow {
  id: number;
  name: string;
  queueloc: string;
  mode: string;
  version: string;
  pid: number;
  starttime: string;
  destructiontime: string | null;
  heartbeattime: string;
  refreshtime: string;
  status: string;
  environment: string;
  tags: string;
  loadername: string | null;
  notice: string | null;
}

export const AGENT_COLUMNS = [
  'id',
  'name',
  'queueloc',
  'mode',
  'version',
  'pid',
  'starttime',
  'destructiontime',
  'heartbeattime',
  'refreshtime',
  'status',
  'environment',
  'tags',
  'loadername',
  'notice',
].map((column) => `agents.${column}`);

export async function agentById(db: Queryable, id: number): Promise<AgentRow | undefined> {
  const { rows } = await db.query<AgentRow>({
    name: 'agent by id',
    text: `SELECT ${AGENT_COLUMNS.join(', ')}
     FROM agents
     WHERE id = $1`,
    values: [id],
  });
  return rows[0];
}

/** The processes that were removed from the fleet, or the reason why none was. */
export type Removal = { id: number; name: string; pid: number }[] | 'unknown' | 'alive';

/**
 * Removes an endpoint from the fleet: its agent was uninstalled, or will not come back. Deletes nothing, because the
 * answers belong to their actions. Refuses while a process of the endpoint is online. A later heartbeat reverts it.
 */
export async function removeEndpoint(db: Queryable, queueloc: string): Promise<Removal> {
  const { rows: processes } = await db.query<{ status: string }>(
    `SELECT status
     FROM agents
     WHERE queueloc = $1
     ORDER BY id
     FOR UPDATE`,
    [queueloc],
  );
  if (processes.some(({ status }) => status === 'online')) return 'alive';
  const { rows } = await db.query<{ id: number; name: string; pid: number }>(
    `UPDATE agents
     SET
       status = 'removed',
       destructiontime = now(),
       notice = NULL
     WHERE queueloc = $1 AND status IN ('idle', 'offline')
     RETURNING id, name, pid`,
    [queueloc],
  );
  return rows.length === 0 ? 'unknown' : rows;
}
