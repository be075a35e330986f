import { CommandView } from '../../contract/api-responses.ts';
import { recordTable } from '../terminal/record-table.ts';

export const COMMAND_TABLE = recordTable('command', CommandView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'actionid', title: 'action', kind: 'id', of: ({ action }) => action.id },
  { name: 'status', kind: 'word', of: ({ status }) => status },
  { name: 'starttime', title: 'started', kind: 'time', of: ({ starttime }) => starttime },
  { name: 'finishtime', title: 'finished', kind: 'time', of: ({ finishtime }) => finishtime },
  { name: 'found', kind: 'word', of: hasFound },
  { name: 'agent', kind: 'text', of: ({ agent }) => agent.name },
  { name: 'actionname', title: 'name', kind: 'text', of: ({ action }) => action.name },
  { name: 'agentid', title: 'agent id', kind: 'id', isExtra: true, of: ({ agent }) => agent.id },
  { name: 'queueloc', kind: 'text', isExtra: true, of: ({ agent }) => agent.queueloc },
]);

/** The commands of one action, which have its id and its name in common. */
export const ANSWER_TABLE = recordTable('command', CommandView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'status', kind: 'word', of: ({ status }) => status },
  { name: 'found', kind: 'word', of: hasFound },
  { name: 'agentid', title: 'agent id', kind: 'id', of: ({ agent }) => agent.id },
  { name: 'agent', kind: 'text', of: ({ agent }) => agent.name },
]);

/** Without results nobody knows. */
function hasFound({ results }: CommandView): 'yes' | 'no' | null {
  if (results === null || results.length === 0) return null;
  return results.some(({ foundanything }) => foundanything) ? 'yes' : 'no';
}
