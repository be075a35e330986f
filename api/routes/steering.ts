import * as routes from '../../contract/api/actions.ts';
import { MigError } from '../../contract/errors.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { recordAudit } from '../../platform/postgres/queries/audit.ts';
import { STEERING_VERBS, type SteeringVerb, steerAction } from '../actions/steer-action.ts';
import { type AuditCaller, auditCaller } from '../audit/audit-caller.ts';
import { logAudit } from '../audit/log-audit.ts';
import type { ApiDeps } from '../context.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { requireAction } from '../records/require-action.ts';
import { type Served, serve } from '../router/serve.ts';

const ORDERS = { pause: routes.pauseAction, resume: routes.resumeAction, cancel: routes.cancelAction };

/** POST /action/pause/, /action/resume/ and /action/cancel/. */
export function steeringRoutes(deps: ApiDeps): Served[] {
  return STEERING_VERBS.map((verb) =>
    serve(deps, ORDERS[verb], async ({ actionid: actionId }, c) => {
      c.set('audit', { kind: verb, objectId: actionId });
      await checkUnfinished(deps, actionId);
      const caller = auditCaller(deps, c);
      await recordOrder(deps, { caller, verb, actionId });
      const progress = await steerAction(deps, { actionId, verb, updateId: caller.requestId });
      return respond(c, [item(recordHref(deps, 'action', actionId), 'progress', progress)]);
    }),
  );
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
