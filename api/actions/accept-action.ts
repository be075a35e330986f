import { type Action, parseNewAction } from '../../contract/action.ts';
import type { Brakes } from '../../contract/brakes.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { verifySignatures } from '../../platform/openpgp/verify.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { logAudit } from '../audit/log-audit.ts';
import type { ApiDeps } from '../context.ts';
import { checkBrakes } from './check-brakes.ts';
import { checkQuestion } from './check-question.ts';
import { type AcceptedAction, storeAction } from './store-action.ts';

interface PostedAction {
  /** The action as JSON text. */
  text: string;
  brakes: Brakes | undefined;
  caller: AuditCaller;
  idempotencyKey: string | undefined;
}

/**
 * Accepts an action: validates it, verifies its signatures, plans its target, and stores it. The transaction commits only
 * after the signatures were verified again on the row as read back. A refusal leaves nothing behind.
 */
export async function acceptAction(deps: ApiDeps, posted: PostedAction): Promise<AcceptedAction> {
  const action = parseNewAction(posted.text);
  checkAction(action, deps.now());
  if (posted.brakes !== undefined) checkBrakes(posted.brakes, action, deps.now());
  const { keyring, investigators } = await deps.loadKeyring();
  const verify = (candidate: Action) =>
    verifySignatures(signedTexts(candidate), candidate.pgpsignatures, { keyring, nowMs: deps.now() });
  const fingerprints = await verify(action);
  await checkQuestion(deps, action);
  const accepted = await inTransaction(deps.pool, (db) =>
    storeAction(db, { ...posted, action, fingerprints, investigators, verify }),
  );
  logAudit(deps.log, accepted.audit);
  return accepted;
}
