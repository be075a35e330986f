import { ActionView } from '../../contract/api-responses.ts';
import { recordTable } from '../terminal/record-table.ts';

export const ACTION_TABLE = recordTable('action', ActionView, [
  { name: 'id', kind: 'id', of: ({ id }) => id },
  { name: 'status', kind: 'word', of: ({ status, paused }) => `${status}${paused ? ' (paused)' : ''}` },
  { name: 'validfrom', title: 'valid from', kind: 'time', of: ({ validfrom }) => validfrom },
  {
    name: 'expireafter',
    title: 'until',
    kind: 'time',
    isOptional: true,
    of: ({ expireafter }) => expireafter,
  },
  { name: 'sent', kind: 'number', of: ({ counters }) => counters.sent ?? 0 },
  { name: 'done', kind: 'number', of: ({ counters }) => counters.done ?? 0 },
  {
    name: 'signers',
    kind: 'text',
    isOptional: true,
    of: ({ investigators }) => investigators.map(({ name }) => name).join(', '),
  },
  { name: 'name', kind: 'text', of: ({ name }) => name },
  { name: 'target', kind: 'text', isExtra: true, of: ({ target }) => target },
  {
    name: 'modules',
    kind: 'text',
    isExtra: true,
    of: ({ operations }) => [...new Set(operations.map(({ module }) => module))].join(', '),
  },
]);
