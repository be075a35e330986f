import { z } from 'zod';
import { count, MAX_ENDPOINTS } from './endpoint.ts';

/** Endpoints were not upgraded, or their old agent did not end. */
export const UpgradeFailed = z.object({
  actionid: z.int(),
  count: count.max(MAX_ENDPOINTS),
  endpoints: z
    .array(
      z.object({
        queueloc: z.string(),
        step: z.string().describe('how far it came'),
        outcome: z.enum(['failed', 'lingering']),
        reason: z.string().nullable(),
      }),
    )
    .min(1)
    .max(MAX_ENDPOINTS),
});
