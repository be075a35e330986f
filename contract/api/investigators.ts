import { z } from 'zod';
import { InvestigatorView } from '../api-responses.ts';
import { Permissions } from '../permissions.ts';
import { INVESTIGATOR_STATUSES } from '../statuses.ts';
import { KEY_ERRORS } from './error-sets.ts';
import { json, recordId } from './parameters.ts';
import { defineRoute, one } from './route.ts';

const MAX_BYTES = 256 * 1024;
const MAX_NAME = 1024;

const permissions = json(Permissions).describe('an object of permissions, each true or false');
const investigator = one('Investigator ID {id}', InvestigatorView);

export const getInvestigator = defineRoute({
  method: 'GET',
  path: '/investigator',
  summary: 'An investigator, with the public key and the permissions.',
  access: 'investigator',
  parameters: z.object({ investigatorid: recordId('Investigator').describe('the id of the investigator') }),
  answer: { kind: 'items', status: 200, items: { investigator: one('investigator', InvestigatorView) } },
  errors: ['not_found'],
});

export const createInvestigator = defineRoute({
  method: 'POST',
  path: '/investigator/create/',
  summary: 'Creates an investigator.',
  access: 'investigator_create',
  audit: 'investigator_created',
  body: 'multipart',
  maxBytes: MAX_BYTES,
  parameters: z.object({
    name: z
      .string()
      .min(1, `must have 1 to ${MAX_NAME} characters`)
      .max(MAX_NAME, `must have 1 to ${MAX_NAME} characters`),
    permissions,
    publickey: z.string().optional().describe('the armored public key, as a file'),
  }),
  answer: { kind: 'items', status: 201, items: { investigator } },
  errors: [...KEY_ERRORS, 'conflict', 'forbidden'],
});

export const updateInvestigator = defineRoute({
  method: 'POST',
  path: '/investigator/update/',
  summary: 'Changes what is named of an investigator. Only the answer that makes an API key has it.',
  access: 'investigator_update',
  audit: 'investigator_changed',
  maxBytes: MAX_BYTES,
  parameters: z.object({
    id: recordId('Investigator').describe('the id of the investigator'),
    status: z.enum(INVESTIGATOR_STATUSES).optional(),
    permissions: permissions.optional(),
    publickey: z.string().optional().describe('the renewed public key: the same key with a later expiry'),
    apikey: z
      .enum(['active', 'disabled'])
      .optional()
      .describe('active makes a new API key, disabled ends it'),
  }),
  answer: { kind: 'items', status: 200, items: { investigator } },
  errors: [...KEY_ERRORS, 'not_found', 'conflict', 'forbidden'],
});
