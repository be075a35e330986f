import { z } from 'zod';
import { CommandView } from '../api-responses.ts';
import { recordId } from './parameters.ts';
import { defineRoute, one } from './route.ts';

export const getCommand = defineRoute({
  method: 'GET',
  path: '/command',
  summary: 'A command: an action that was sent to one agent, with its answer.',
  access: 'command',
  parameters: z.object({ commandid: recordId('Command').describe('the id of the command') }),
  answer: { kind: 'items', status: 200, items: { command: one('command', CommandView) } },
  errors: ['not_found'],
});
