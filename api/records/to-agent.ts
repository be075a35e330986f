import type { AgentView, Sent } from '../../contract/api-responses.ts';
import { RawJson } from '../../contract/go/json.ts';
import { TIME_NEVER } from '../../contract/times.ts';
import type { AgentRow } from '../../platform/postgres/queries/agents/agents.ts';

/** The record of an agent (spec/api.md#records). Its stored JSON is passed on byte for byte. */
export function toAgent(row: AgentRow) {
  return {
    id: row.id,
    name: row.name,
    queueloc: row.queueloc,
    mode: row.mode,
    version: row.version,
    pid: row.pid,
    loadername: row.loadername ?? undefined,
    starttime: row.starttime,
    destructiontime: row.destructiontime ?? TIME_NEVER,
    heartbeatts: row.heartbeattime,
    refreshts: row.refreshtime,
    status: row.status,
    environment: new RawJson(row.environment),
    tags: new RawJson(row.tags),
    notice: row.notice ?? undefined,
  } satisfies Sent<typeof AgentView>;
}
