import { createHash } from 'node:crypto';
import { type Action, moduleNames, parseAction } from '../../contract/action.ts';
import type { Brakes } from '../../contract/brakes.ts';
import { MigError } from '../../contract/errors.ts';
import { encodeJson } from '../../contract/go/json.ts';
import { actionDigest, parseNote } from '../../contract/inbox/note.ts';
import { operationsJson } from '../../contract/rules/signed-text.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import {
  type ActionRow,
  actionById,
  actionRecord,
  insertAction,
  type NewAction,
} from '../../platform/postgres/queries/actions/actions.ts';
import type { AuditEntry } from '../../platform/postgres/queries/audit.ts';
import { setBrakes } from '../../platform/postgres/queries/brakes/brakes.ts';
import { endEntry, lockEntryOfText } from '../../platform/postgres/queries/inbox/entries.ts';
import { type InvestigatorRow, requireSigner } from '../../platform/postgres/queries/investigators.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { requireTight } from './require-tight.ts';

/** An action that was checked, with signatures that were verified. */
interface VerifiedAction {
  action: Action;
  /** The JSON text that was posted. */
  text: string;
  /** How its commands are held back. */
  brakes: Brakes | undefined;
  caller: AuditCaller;
  idempotencyKey: string | undefined;
  /** The fingerprints of the signing keys, in the order of the signatures. */
  fingerprints: string[];
  investigators: readonly InvestigatorRow[];
  verify: (action: Action) => Promise<unknown>;
}

export interface AcceptedAction {
  row: ActionRow;
  fingerprints: string[];
  /** What was recorded; nothing for an action that was stored before. */
  audit: AuditEntry[];
}

/**
 * Stores an action in the caller's transaction, verifies its signatures again on the row as read back, and ends its wait in
 * the inbox, whose brakes it gets unless it has tighter ones. Refuses a text that was declined or withdrawn there: its signatures are known to all who could read it.
 */
export async function storeAction(db: Queryable, verified: VerifiedAction): Promise<AcceptedAction> {
  const { action, caller, fingerprints } = verified;
  const entry = await lockEntryOfText(db, actionDigest(action));
  if (entry?.state === 'declined' || entry?.state === 'withdrawn') {
    throw new MigError(
      'conflict',
      `this action was ${entry.state} in the inbox (${entry.id}): sign a new one`,
    );
  }
  if (entry?.state === 'waiting' && verified.brakes !== undefined) requireTight(verified.brakes, entry);
  const brakes = verified.brakes ?? (entry?.state === 'waiting' ? parseNote(entry.note).brakes : undefined);
  const newAction = buildNewAction(verified, brakes);
  const { id, isNew, isSameBody } = await insertAction(db, newAction);
  if (!isSameBody) throw new MigError('conflict', 'Idempotency-Key: was used before with another action');
  if (isNew && entry?.state === 'launched') {
    throw new MigError('conflict', `the inbox has launched this action already (${entry.id})`);
  }
  if (isNew && brakes !== undefined) {
    await setBrakes(db, { actionId: id, settings: JSON.stringify(brakes), isSameCanary: false });
  }
  const row = await actionById(db, id);
  if (!row) throw new MigError('internal', 'the stored action could not be read back');
  await verified.verify(parseAction(encodeJson(actionRecord(row))));
  if (entry?.state === 'waiting') {
    await endEntry(db, {
      id: entry.id,
      state: 'launched',
      actionid: id,
      endedby: caller.investigatorId,
    });
  }
  const audit = isNew ? newAction.audit.map((one) => ({ ...one, objectId: id })) : [];
  return { row, fingerprints, audit };
}

function buildNewAction(verified: VerifiedAction, brakes: Brakes | undefined): NewAction {
  const { action, text, caller, idempotencyKey, fingerprints, investigators } = verified;
  const digest = createHash('sha256').update(text);
  const textDigest = digest.copy().digest();
  // The same text with other brakes is another request. Those of the inbox are no part of it.
  const bodyDigest =
    verified.brakes === undefined ? textDigest : digest.update(JSON.stringify(verified.brakes)).digest();
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
    postedBy: caller.investigatorId,
    idempotencyKey,
    bodyDigest,
    audit: auditOf(action, { caller, signers, textDigest, brakes }),
  };
}

/** Returns one entry for the action, by its poster, and a countersignature for every other signer. */
function auditOf(
  action: Action,
  {
    caller,
    signers,
    textDigest,
    brakes,
  }: { caller: AuditCaller; signers: InvestigatorRow[]; textDigest: Buffer; brakes: Brakes | undefined },
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
      digest: textDigest.toString('hex'),
      brakes,
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
