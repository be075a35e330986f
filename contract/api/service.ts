import { z } from 'zod';
import { ActionView, ModuleView, SessionView } from '../api-responses.ts';
import { any, defineRoute, one } from './route.ts';

const MAX_FINGERPRINT = 128;
const none = z.object({});
const versions = z.array(z.object({ version: z.string(), count: z.number() })).nullable();

export const getHeartbeat = defineRoute({
  method: 'GET',
  path: '/heartbeat',
  summary: 'Says that the API is alive.',
  access: 'anybody',
  parameters: none,
  answer: { kind: 'items', status: 200, items: { heartbeat: one('heartbeat', z.literal('gatorz say hi')) } },
});

export const postHeartbeat = defineRoute({
  method: 'POST',
  path: '/heartbeat',
  summary: 'Registers an agent by HTTP, where the configuration allows it. The answer has no envelope.',
  access: 'anybody',
  body: 'json',
  parameters: none,
  answer: { kind: 'json', status: 200, value: z.object({ error: z.string().nullable() }) },
  errors: ['forbidden', 'heartbeat_invalid', 'rate_limited', 'overloaded'],
});

export const getIp = defineRoute({
  method: 'GET',
  path: '/ip',
  summary: 'The address of the caller.',
  access: 'anybody',
  parameters: none,
  answer: { kind: 'text', status: 200 },
});

export const getPublicKey = defineRoute({
  method: 'GET',
  path: '/publickey/{fingerprint}',
  summary: 'The armored public key of an investigator, whatever the status.',
  access: 'anybody',
  parameters: z.object({ fingerprint: z.string().transform((text) => text.slice(0, MAX_FINGERPRINT)) }),
  answer: { kind: 'text', status: 200 },
  errors: ['not_found'],
});

export const openSession = defineRoute({
  method: 'POST',
  path: '/session/',
  summary: 'Opens a short session, so that a smartcard signs once. Only this answer has its token.',
  access: 'token',
  parameters: none,
  answer: { kind: 'items', status: 201, items: { session: one('session', SessionView) } },
  errors: ['forbidden'],
});

export const closeSession = defineRoute({
  method: 'DELETE',
  path: '/session/',
  summary: 'Ends a session.',
  access: 'session',
  parameters: none,
  answer: { kind: 'items', status: 200, items: {} },
});

export const listModules = defineRoute({
  method: 'GET',
  path: '/modules',
  summary: 'What each module answers, with the JSON Schema of its parameters.',
  access: 'action',
  parameters: none,
  answer: { kind: 'items', status: 200, items: { modules: any('module', ModuleView) } },
});

export const getDashboard = defineRoute({
  method: 'GET',
  path: '/dashboard',
  summary: 'The numbers of the fleet, then the newest actions.',
  access: 'dashboard',
  parameters: none,
  answer: {
    kind: 'items',
    status: 200,
    items: {
      onlineAgents: one('online agents', z.number()),
      onlineByVersion: one('online agents by version', versions),
      onlineEndpoints: one('online endpoints', z.number()),
      idleAgents: one('idle agents', z.number()),
      idleByVersion: one('idle agents by version', versions),
      idleEndpoints: one('idle endpoints', z.number()),
      newEndpoints: one('new endpoints', z.number()),
      multiAgentEndpoints: one('endpoints running 2 or more agents', z.number()),
      disappearedEndpoints: one('disappeared endpoints', z.number()),
      flappingEndpoints: one('flapping endpoints', z.number()),
      actions: any('action', ActionView),
    },
  },
});
