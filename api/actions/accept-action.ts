import { createHash } from 'node:crypto';
import { type Action, moduleNames, parseAction, parseNewAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { operationsJson, signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { verifySignatures } from '../../platform/openpgp/verify.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import {
  type ActionRow,
  actionById,
  actionRecord,
  insertAction,
  type NewAction,
} from '../../platform/postgres/queries/actions/actions.ts';
import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';
import { type InvestigatorRow, requireSigner } from '../../platform/postgres/queries/investigators.ts';
import { checkTarget } from '../../platform/postgres/target/target.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { logAudit } from '../audit/log-audit.ts';
import type { ApiDeps } from '../context.ts';
import { checkOperations } from './check-operations.ts';

interface PostedAction {
  /** The action as JSON text. */
  text: string;
  caller: AuditCaller;
  idempotencyKey: string | undefined;
}

export interface AcceptedAction {
  row: ActionRow;
  fingerprints: string[];
}

/**
 * Accepts an action: validates it, verifies its signatures, plans its target, and stores it. The transaction commits only
 * after the signatures were verified again on the row as read back. A refusal leaves nothing behind.
 */
export async function acceptAction(deps: ApiDeps, posted: PostedAction): Promise<AcceptedAction> {
  const action = parseNewAction(posted.text);
  checkAction(action, deps.now());
  const { keyring, investigators } = await deps.loadKeyring();
  const verify = (candidate: Action) =>
    verifySignatures(signedTexts(candidate), candidate.pgpsignatures, { keyring, nowMs: deps.now() });
  const fingerprints = await verify(action);
  // Patterns are compiled and targets planned only for senders with a good signature.
  await checkOperations(deps, action.operations);
  await checkTarget(action.target);
  await deps.targetPlans.check(action.target);
  const newAction = buildNewAction(action, { posted, fingerprints, investigators });
  const row = await store(deps, newAction, verify);
  return { row, fingerprints };
}

async function store(
  { pool, log }: ApiDeps,
  newAction: NewAction,
  verify: (action: Action) => Promise<unknown>,
): Promise<ActionRow> {
  const { row, isNew } = await inTransaction(pool, async (db) => {
    const { id, isNew, isSameBody } = await insertAction(db, newAction);
    if (!isSameBody) throw new MigError('conflict', 'Idempotency-Key: was used before with another action');
    const row = await actionById(db, id);
    if (!row) throw new MigError('internal', 'the stored action could not be read back');
    await verify(parseAction(encodeJson(actionRecord(row))));
    return { row, isNew };
  });
  const entries = newAction.audit.map((entry) => ({ ...entry, objectId: row.id }));
  if (isNew) logAudit(log, entries);
  return row;
}

interface Provenance {
  posted: PostedAction;
  /** The fingerprints of the signing keys, in the order of the signatures. */
  fingerprints: readonly string[];
  investigators: readonly InvestigatorRow[];
}

function buildNewAction(action: Action, { posted, fingerprints, investigators }: Provenance): NewAction {
  const bodyDigest = createHash('sha256').update(posted.text).digest();
  const signers = investigators.filter(({ pgpfingerprint }) => fingerprints.includes(pgpfingerprint));
  return {
    ...action,
    description: encodeJson(action.description),
    threat: encodeJson(action.threat),
    operations: operationsJson(action.operations),
    signatures: action.pgpsignatures.map((signature, index) => ({
      signature,
      investigatorId: requireSigner(signers, fingerprints[index]).id,
    })),
    postedBy: posted.caller.investigatorId,
    idempotencyKey: posted.idempotencyKey,
    bodyDigest,
    audit: auditOf(action, { caller: posted.caller, signers, bodyDigest }),
  };
}

/** Returns one entry for the action, by its poster, and a countersignature for every other signer. */
function auditOf(
  action: Action,
  { caller, signers, bodyDigest }: { caller: AuditCaller; signers: InvestigatorRow[]; bodyDigest: Buffer },
): AuditEntry[] {
  const posting: AuditEntry = {
    ...caller,
    kind: 'action',
    outcome: 'done',
    detail: {
      name: action.name,
      target: action.target,
      modules: moduleNames(action),
      signers: signers.map(({ pgpfingerprint }) => pgpfingerprint),
      digest: bodyDigest.toString('hex'),
    },
  };
  const countersignatures = signers
    .filter(({ id }) => id !== caller.investigatorId)
    .map(
      ({ id, name, pgpfingerprint }): AuditEntry => ({
        kind: 'countersignature',
        outcome: 'done',
        isProven: true,
        investigatorId: id,
        fingerprint: pgpfingerprint,
        actor: name,
        address: caller.address,
        requestId: caller.requestId,
        detail: { postedby: caller.fingerprint },
      }),
    );
  return [posting, ...countersignatures];
}
