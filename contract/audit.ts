import { z } from 'zod';

/** The kinds of audit entries. A new kind needs its name here, and a call of `recordAudit` where it occurs. */
export const AUDIT_KINDS = [
  'login',
  'permission',
  'session_opened',
  'session_closed',
  'action',
  'countersignature',
  'pause',
  'resume',
  'cancel',
  'brakes',
  'held',
  'workflow_terminated',
  'workflow_cancelled',
  'bootstrap',
  'investigator_created',
  'investigator_changed',
  'endpoint_removed',
  'loader_created',
  'loader_changed',
  'manifest_created',
  'manifest_signed',
  'manifest_status',
  'sweep_created',
  'sweep_signed',
  'sweep_paused',
  'sweep_resumed',
  'sweep_deleted',
  'sweep_run',
  'sweep_run_pause',
  'sweep_run_resume',
  'sweep_run_cancel',
  'acl_published',
  'inbox_submitted',
  'inbox_signed',
  'inbox_declined',
  'inbox_withdrawn',
  'question_saved',
  'question_removed',
  'waiver',
  'waiver_revoked',
  'webhook_created',
  'webhook_changed',
  'webhook_removed',
  'webhook_replayed',
  'webhook_tested',
  'setting',
] as const;
export type AuditKind = (typeof AUDIT_KINDS)[number];

/** `ordered`: accepted by the API, not yet done. `refused`: with a reason. `failed`: the outcome is unknown. */
export const AuditOutcome = z.enum(['ordered', 'done', 'refused', 'failed']);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** The origin of an order: the API, Temporal's UI or tools, or the start of a process. */
const AuditSource = z.enum(['api', 'temporal', 'start']);

/** An entry of the trail as the API returns it. */
export const AuditRecord = z.object({
  id: z.int(),
  at: z.string(),
  source: AuditSource,
  kind: z.string(),
  outcome: AuditOutcome,
  isproven: z.boolean(),
  investigatorid: z.int().nullable(),
  fingerprint: z.string().nullable(),
  actor: z.string().nullable(),
  address: z.string().nullable(),
  requestid: z.string().nullable(),
  objectid: z.int().nullable(),
  detail: z.record(z.string(), z.unknown()),
  times: z.int(),
  orderid: z.int().nullable(),
});
export type AuditRecord = z.infer<typeof AuditRecord>;
