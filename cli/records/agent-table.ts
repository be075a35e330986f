import { AgentView } from '../../contract/api-responses.ts';
import { recordTable } from '../terminal/record-table.ts';

export const AGENT_TABLE = recordTable('agent', AgentView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'status', kind: 'word', of: ({ status }) => status },
  { name: 'heartbeattime', title: 'last heartbeat', kind: 'time', of: ({ heartbeatts }) => heartbeatts },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  { name: 'version', kind: 'text', of: ({ version }) => version },
  { name: 'queueloc', kind: 'text', of: ({ queueloc }) => queueloc },
  { name: 'mode', kind: 'word', isExtra: true, of: ({ mode }) => mode },
  { name: 'os', kind: 'word', isExtra: true, of: ({ environment }) => environment.os ?? null },
  { name: 'arch', kind: 'word', isExtra: true, of: ({ environment }) => environment.arch ?? null },
  { name: 'ident', kind: 'text', isExtra: true, of: ({ environment }) => environment.ident ?? null },
  { name: 'tags', kind: 'text', isExtra: true, of: ({ tags }) => tagsText(tags) },
]);

/** `operator=it, site=berlin` */
export function tagsText(tags: AgentView['tags']): string | null {
  const pairs = Object.entries(tags).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return pairs.length === 0 ? null : pairs.join(', ');
}
