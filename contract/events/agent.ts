import { z } from 'zod';
import { count, EventEndpoint, MAX_ENDPOINTS } from './endpoint.ts';

/** Endpoints have sent their first heartbeat. */
export const AgentNew = z.object({
  count: count.max(MAX_ENDPOINTS),
  endpoints: z
    .array(EventEndpoint.extend({ version: z.string(), os: z.string().nullable() }))
    .min(1)
    .max(MAX_ENDPOINTS),
});

export const UNAUTHORIZED_REASONS = ['result_wrong_agent', 'result_unknown_command'] as const;

/** Somebody with the relay's password has answered what they were not asked. The answers were refused. */
export const AgentUnauthorized = z.object({
  reason: z.enum(UNAUTHORIZED_REASONS).describe('the code of the refusal'),
  count: count.describe('refused answers since the event before'),
  endpoints: z
    .array(
      z.object({
        queueloc: z.string().describe('whom the sender claims to be'),
        commandid: z.int().nullable(),
      }),
    )
    .min(1)
    .max(MAX_ENDPOINTS)
    .describe('the first of them'),
});
