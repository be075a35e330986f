import { z } from 'zod';
import { AgentCount, AgentView, RemovedEndpoint } from '../api-responses.ts';
import { isQueueloc } from '../names.ts';
import { TARGET_ERRORS } from './error-sets.ts';
import { recordId } from './parameters.ts';
import { defineRoute, one } from './route.ts';

export const getAgent = defineRoute({
  method: 'GET',
  path: '/agent',
  summary: 'An agent.',
  access: 'agent',
  parameters: z.object({ agentid: recordId('Agent').describe('the id of the agent') }),
  answer: { kind: 'items', status: 200, items: { agent: one('agent', AgentView) } },
  errors: ['not_found'],
});

export const countAgents = defineRoute({
  method: 'GET',
  path: '/agent/count',
  summary: 'The number of agents that an action with this target would reach now.',
  access: 'search',
  parameters: z.object({
    target: z
      .string()
      .min(1, 'missing')
      .describe("an SQL condition over the agents: `environment->>'os'='linux'`"),
  }),
  answer: { kind: 'items', status: 200, items: { count: one('count', AgentCount) } },
  errors: TARGET_ERRORS,
});

/** Only for administrators: removing an endpoint that is merely silent would hide it from every search. */
export const removeAgent = defineRoute({
  method: 'POST',
  path: '/agent/remove/',
  summary: 'Removes an endpoint that will not come back.',
  access: 'investigator_update',
  audit: 'endpoint_removed',
  parameters: z.object({
    queueloc: z
      .string()
      .refine(isQueueloc, 'must be that of an endpoint')
      .describe('the queue of the endpoint'),
  }),
  answer: { kind: 'items', status: 200, items: { removed: one('removed endpoint', RemovedEndpoint) } },
  errors: ['not_found', 'conflict'],
});
