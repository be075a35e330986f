import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import { STEERING_VERBS, type SteeringVerb, steerAction } from '../actions/steer-action.ts';
import { type AuditCaller, auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { logAudit } from '../audit/log-audit.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { requireAction } from '../records/require-action.ts';

const MAX_FORM_BYTES = 4096;

/** POST /action/pause/, /action/resume/ and /action/cancel/. */
export function steeringRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  for (const verb of STEERING_VERBS) {
    app.post(`/action/${verb}/`, auditAs(verb), requirePermission(deps, 'action_create'), async (c) => {
      const actionId = parseId('Action', 'actionid', readForm(c, MAX_FORM_BYTES).get('actionid'));
      c.set('audit', { kind: verb, objectId: actionId });
      await checkUnfinished(deps, actionId);
      const caller = auditCaller(deps, c);
      await recordOrder(deps, { caller, verb, actionId });
      const progress = await steerAction(deps, { actionId, verb, updateId: caller.requestId });
      return respond(c, [item(recordHref(deps, 'action', actionId), 'progress', progress)]);
    });
  }
  return app;
}

async function checkUnfinished({ pool }: ApiDeps, actionId: number): Promise<void> {
  const { status } = await requireAction(pool, actionId);
  if (isFinalAction(status)) throw new MigError('conflict', `the action is ${status} already`);
}

/** The worker later records the change itself. Its entry refers to this one by the request's id, which the Update has too. */
async function recordOrder(
  { pool, log }: ApiDeps,
  { caller, verb, actionId }: { caller: AuditCaller; verb: SteeringVerb; actionId: number },
): Promise<void> {
  const order = { ...caller, kind: verb, outcome: 'ordered' as const, objectId: actionId };
  await recordAudit(pool, [order]);
  logAudit(log, [order]);
}
