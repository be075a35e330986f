import { z } from 'zod';
import { ActionView, Progress } from '../api-responses.ts';
import { Brakes, BrakesView } from '../brakes.ts';
import { MAX_ACTION_BYTES } from '../limits.ts';
import { ACTION_ERRORS, SIGNATURE_ERRORS, TARGET_ERRORS } from './error-sets.ts';
import { formBytes, json, recordId, toggle } from './parameters.ts';
import { defineRoute, one, optional } from './route.ts';

const actionid = recordId('Action').describe('the id of the action');

export const getAction = defineRoute({
  method: 'GET',
  path: '/action',
  summary: 'An action, with the counts of its answers, its signers, and its brakes if it has any.',
  access: 'action',
  parameters: z.object({
    actionid,
    failures: toggle.default(false).describe('also counts the answers that report a failed module'),
  }),
  answer: {
    kind: 'items',
    status: 200,
    items: { action: one('action', ActionView), brakes: optional('brakes', BrakesView) },
  },
  errors: ['not_found'],
});

export const createAction = defineRoute({
  method: 'POST',
  path: '/action/create/',
  summary:
    'Launches a signed action. It is verified, stored, and sent to the agents that its target selects.',
  access: 'action_create',
  audit: 'action',
  maxBytes: formBytes(MAX_ACTION_BYTES),
  parameters: z.object({
    action: z.string().describe('the signed action, as JSON'),
    brakes: json(Brakes).optional().describe('when its commands may leave, and when it stops by itself'),
  }),
  answer: { kind: 'items', status: 202, items: { action: one('action ID {id}', ActionView) } },
  errors: [...ACTION_ERRORS, ...SIGNATURE_ERRORS, ...TARGET_ERRORS, 'conflict', 'brakes_signed'],
});

export const streamActionEvents = defineRoute({
  method: 'GET',
  path: '/action/events',
  summary: 'The progress of an action at each change, as server-sent events, until it ends.',
  access: 'action',
  parameters: z.object({ actionid }),
  answer: { kind: 'events', status: 200, event: Progress },
  errors: ['not_found', 'overloaded'],
});

export const changeBrakes = defineRoute({
  method: 'POST',
  path: '/action/brakes/',
  summary:
    'Gives an action that has not ended other brakes, in place of those that it has. An empty object lifts them. Brakes that several people signed in the inbox are not loosened.',
  access: 'action_create',
  audit: 'brakes',
  parameters: z.object({
    actionid,
    brakes: json(Brakes).describe('when its commands may leave, and when it stops by itself'),
  }),
  answer: { kind: 'items', status: 200, items: { brakes: one('brakes', BrakesView) } },
  errors: ['not_found', 'conflict', 'brakes_signed'],
});

const order = {
  method: 'POST',
  access: 'action_create',
  parameters: z.object({ actionid }),
  answer: { kind: 'items', status: 200, items: { progress: one('progress', z.unknown()) } },
  errors: ['not_found', 'conflict'],
} as const;

export const pauseAction = defineRoute({
  ...order,
  path: '/action/pause/',
  summary: 'Holds back the commands of an action that were not sent yet.',
  audit: 'pause',
});

export const resumeAction = defineRoute({
  ...order,
  path: '/action/resume/',
  summary: 'Sends the commands that a pause held back.',
  audit: 'resume',
});

export const cancelAction = defineRoute({
  ...order,
  path: '/action/cancel/',
  summary: 'Ends an action. Commands that no agent has begun are withdrawn.',
  audit: 'cancel',
});
