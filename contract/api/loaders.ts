import { z } from 'zod';
import { LoaderView, NewLoader } from '../loader.ts';
import { LOADER_STATUSES } from '../statuses.ts';
import { TARGET_ERRORS } from './error-sets.ts';
import { json, recordId } from './parameters.ts';
import { defineRoute, one } from './route.ts';

const loaderid = recordId('Loader').describe('the id of the loader');
const loader = one('loader', LoaderView);
const nothing = { kind: 'items', status: 200, items: {} } as const;

export const getLoader = defineRoute({
  method: 'GET',
  path: '/loader',
  summary: 'A loader, without its key.',
  access: 'loader',
  parameters: z.object({ loaderid }),
  answer: { kind: 'items', status: 200, items: { loader } },
  errors: ['not_found'],
});

export const createLoader = defineRoute({
  method: 'POST',
  path: '/loader/new/',
  summary: 'Creates a loader, which is disabled at first. Only this answer has its key.',
  access: 'loader_new',
  audit: 'loader_created',
  parameters: z.object({
    loader: json(NewLoader).describe('its name, and the condition on its environment'),
  }),
  answer: { kind: 'items', status: 201, items: { loader } },
  errors: [...TARGET_ERRORS, 'conflict'],
});

export const setLoaderStatus = defineRoute({
  method: 'POST',
  path: '/loader/status/',
  summary: 'Enables or disables a loader.',
  access: 'loader_status',
  audit: 'loader_changed',
  parameters: z.object({ loaderid, status: z.enum(LOADER_STATUSES) }),
  answer: nothing,
  errors: ['not_found'],
});

export const setLoaderCondition = defineRoute({
  method: 'POST',
  path: '/loader/expect/',
  summary: 'Sets the condition that the environment of a loader must meet.',
  access: 'loader_expect',
  audit: 'loader_changed',
  parameters: z.object({
    loaderid,
    expectenv: z
      .string()
      .describe('an SQL condition over the agent that the loader describes; empty for none'),
  }),
  answer: nothing,
  errors: [...TARGET_ERRORS, 'not_found'],
});

export const renewLoaderKey = defineRoute({
  method: 'POST',
  path: '/loader/key/',
  summary: 'Makes a new key for a loader; the old one ends. Only this answer has it.',
  access: 'loader_key',
  audit: 'loader_changed',
  parameters: z.object({ loaderid }),
  answer: { kind: 'items', status: 200, items: { loader } },
  errors: ['not_found'],
});
