import { z } from 'zod';
import { PageView } from '../api-responses.ts';
import { AUDIT_KINDS, AuditRecord } from '../audit.ts';
import { limit, recordId, time } from './parameters.ts';
import { any, defineRoute } from './route.ts';

const MAX_LIMIT = 1_000;
const MAX_ACTOR = 1_024;

export const listAudit = defineRoute({
  method: 'GET',
  path: '/audit',
  summary: 'The audit trail, newest first. A full page ends with the address of the next one.',
  access: 'investigator',
  parameters: z.object({
    after: time.optional().describe('only entries after it'),
    before: time.optional().describe('only entries before it'),
    kind: z.enum(AUDIT_KINDS).optional().describe('only entries of this kind'),
    actor: z
      .string()
      .max(MAX_ACTOR, 'is too long')
      .regex(/^\P{Cc}*$/u, 'contains control characters')
      .optional()
      .describe('only entries of the investigators with this name or fingerprint'),
    objectid: recordId('Object').optional().describe('only entries about the record with this id'),
    cursor: recordId('Audit').optional().describe('only entries with a lower id'),
    limit: limit(100).transform((given) => Math.min(given, MAX_LIMIT)),
  }),
  answer: {
    kind: 'items',
    status: 200,
    items: { entries: any('audit', AuditRecord), pagination: any('pagination', PageView) },
  },
});
