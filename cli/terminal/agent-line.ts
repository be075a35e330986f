import { AgentView } from '../../contract/api-responses.ts';

/** Longer names and versions move the rest of their line, so that nothing is cut. */
const WIDTHS = { id: 15, status: 9, heartbeat: 20, name: 24, version: 26 } as const;

export const AGENT_HEADER = columns({
  id: 'id',
  status: 'status',
  heartbeat: 'last heartbeat',
  name: 'name',
  version: 'version',
  queueloc: 'queueloc',
});

/** One agent record on one line: first the columns of the platform, then those that the agent reports. */
export function agentLine(record: unknown): string {
  const agent = AgentView.safeParse(record);
  if (!agent.success) return `agent of unknown shape: ${JSON.stringify(record)}`;
  const { id, status, heartbeatts, name, version, queueloc } = agent.data;
  return columns({
    id: String(id),
    status,
    heartbeat: `${heartbeatts.slice(0, 19)}Z`,
    name: name === '' ? '""' : name,
    version,
    queueloc,
  });
}

function columns({ queueloc, ...padded }: Record<keyof typeof WIDTHS | 'queueloc', string>): string {
  const names = Object.keys(WIDTHS) as (keyof typeof WIDTHS)[];
  return [...names.map((name) => padded[name].padEnd(WIDTHS[name])), queueloc].join('  ');
}
