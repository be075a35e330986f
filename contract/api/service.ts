import { z } from 'zod';
import { ActionView, ModuleView, SessionView } from '../api-responses.ts';
import { MAX_HEARTBEAT_BYTES } from '../limits.ts';
import { any, defineRoute, one, optional } from './route.ts';

const MAX_FINGERPRINT = 128;
const none = z.object({});
const versions = z.array(z.object({ version: z.string(), count: z.int() })).nullable();

export const describeRoot = defineRoute({
  method: 'GET',
  path: '/',
  summary: 'The name of the API, and the addresses of its description.',
  access: 'anybody',
  parameters: none,
  answer: { kind: 'items', status: 200, items: { mig: one('mig', z.record(z.string(), z.string())) } },
});

export const getOpenApi = defineRoute({
  method: 'GET',
  path: '/openapi.json',
  summary: 'The description of the API for programs, as OpenAPI 3.1.',
  access: 'anybody',
  parameters: none,
  answer: { kind: 'json', status: 200, value: z.record(z.string(), z.unknown()) },
});

export const getReference = defineRoute({
  method: 'GET',
  path: '/reference',
  summary: 'The description of the API for people: every route and every error.',
  access: 'anybody',
  parameters: none,
  answer: { kind: 'text', status: 200, mediaType: 'text/html' },
});

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
  maxBytes: MAX_HEARTBEAT_BYTES,
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
  answer: { kind: 'text', status: 200, mediaType: 'application/json' },
});

export const getPublicKey = defineRoute({
  method: 'GET',
  path: '/publickey/{fingerprint}',
  summary: 'The armored public key of an investigator, whatever the status.',
  access: 'anybody',
  parameters: z.object({ fingerprint: z.string().transform((text) => text.slice(0, MAX_FINGERPRINT)) }),
  answer: { kind: 'text', status: 200, mediaType: 'application/json' },
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
      onlineAgents: optional('online agents', z.int()),
      onlineByVersion: optional('online agents by version', versions),
      onlineEndpoints: optional('online endpoints', z.int()),
      idleAgents: optional('idle agents', z.int()),
      idleByVersion: optional('idle agents by version', versions),
      idleEndpoints: optional('idle endpoints', z.int()),
      newEndpoints: optional('new endpoints', z.int()),
      multiAgentEndpoints: optional('endpoints running 2 or more agents', z.int()),
      disappearedEndpoints: optional('disappeared endpoints', z.int()),
      flappingEndpoints: optional('flapping endpoints', z.int()),
      actions: any('action', ActionView),
    },
  },
});
