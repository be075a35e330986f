import type { AgentView } from '../../contract/api-responses.ts';
import { tagsText } from '../records/agent-table.ts';
import type { CliSession } from '../session.ts';
import { type Field, fieldLines } from '../terminal/field-lines.ts';
import { tableTime } from '../terminal/table-time.ts';
import { printLatest } from './print-latest.ts';

/** An agent: who it is, what it says of its machine, and what it was asked last. */
export async function showAgent(session: CliSession, agent: AgentView): Promise<void> {
  printAgent(session, agent);
  await printLastCommands(session, { id: agent.id });
}

/** Prints who an agent is, and what it says of its machine. */
export function printAgent({ output }: Pick<CliSession, 'output'>, agent: AgentView): void {
  output.answer(`agent ${agent.id}: ${agent.status}`, 'bold');
  const lines = fieldLines([
    ['name', agent.name],
    ['queueloc', agent.queueloc],
    ['version', agent.version],
    ['mode', agent.mode],
    ['pid', String(agent.pid)],
    ['loader', agent.loadername],
    ['started', tableTime(agent.starttime)],
    ['last heartbeat', tableTime(agent.heartbeatts)],
    ['refreshed', tableTime(agent.refreshts)],
    ['tags', tagsText(agent.tags)],
    ['notice', agent.notice],
    ...environmentFields(agent),
  ]);
  for (const line of lines) output.answer(line);
}

/** Prints what an agent was asked last. */
export function printLastCommands(
  session: CliSession,
  { id, max }: { id: number; max?: number | undefined },
): Promise<void> {
  return printLatest(session, { title: 'last commands', type: 'command', filters: { agentid: id }, max });
}

/** Under the names that a target has for them. */
function environmentFields({ environment }: AgentView): Field[] {
  return Object.entries(environment).map(([name, value]) => {
    if (Array.isArray(value)) return [name, value.map(valueText)];
    const isEmpty = value === null || value === '' || JSON.stringify(value) === '{}';
    return [name, isEmpty ? undefined : valueText(value)];
  });
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
