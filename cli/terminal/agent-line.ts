import { AgentView } from '../../contract/api-responses.ts';

const WIDTHS = { id: 15, status: 9, heartbeat: 20 } as const;

export const AGENT_HEADER = `${'id'.padEnd(WIDTHS.id)}  ${'status'.padEnd(WIDTHS.status)}  ${'last heartbeat'.padEnd(WIDTHS.heartbeat)}  name  version  queueloc`;

/** One agent record on one line: first the columns of the platform, then those that the agent reports. */
export function agentLine(record: unknown): string {
  const agent = AgentView.safeParse(record);
  if (!agent.success) return `agent of unknown shape: ${JSON.stringify(record)}`;
  const { id, status, heartbeatts, name, version, queueloc } = agent.data;
  const heartbeat = `${heartbeatts.slice(0, 19)}Z`;
  return [
    String(id).padEnd(WIDTHS.id),
    status.padEnd(WIDTHS.status),
    heartbeat.padEnd(WIDTHS.heartbeat),
    name === '' ? '""' : name,
    version,
    queueloc,
  ].join('  ');
}
