import { parseAction } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkUnsigned } from '../../contract/rules/validity.ts';
import { inTransaction, type Queryable } from '../../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit } from '../../platform/postgres/queries/audit.ts';
import {
  entryById,
  type InboxRow,
  lockEntry,
  type WholeInboxRow,
} from '../../platform/postgres/queries/inbox/entries.ts';
import { addInboxSignature, inboxSignatures } from '../../platform/postgres/queries/inbox/signatures.ts';
import { checkQuestion } from '../actions/check-question.ts';
import { startWorkflow } from '../actions/start-workflow.ts';
import type { AcceptedAction } from '../actions/store-action.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { logAudit } from '../audit/log-audit.ts';
import type { InvestigatorKeys } from '../auth/keyring.ts';
import { verifyOwnSignature } from '../auth/own-signature.ts';
import type { ApiDeps } from '../context.ts';
import { launchIfEnough } from './launch-entry.ts';
import { loadPublishedAcl } from './published-acl.ts';
import { requireEntry, requireWaiting } from './require-entry.ts';
import { requireLasting } from './require-lasting.ts';

interface Signing {
  id: number;
  /** Of the text that the caller has read. */
  digest: string;
  signature: string;
  caller: AuditCaller;
}

/**
 * Adds the signature of the caller to an entry, and launches it when the signatures are enough. To sign again has no effect
 * but to look again whether they are: another ACL may have been published.
 */
export async function signEntry(deps: ApiDeps, signing: Signing): Promise<void> {
  const entry = requireEntry(signing.id, await entryById(deps.pool, signing.id));
  if (entry.digest !== signing.digest) {
    throw new MigError(
      'conflict',
      `digest: entry ${entry.id} has another text: read it again before you sign`,
    );
  }
  if (await isLaunchedWith(deps.pool, entry, signing.caller)) return;
  requireWaiting(entry);
  const action = parseAction(entry.action);
  checkUnsigned(action, deps.now());
  const keys = await deps.loadKeyring();
  const { signature, caller } = signing;
  await verifyOwnSignature(
    {
      parameter: 'signature',
      texts: signedTexts(action),
      signature,
      fingerprint: caller.fingerprint,
    },
    { keyring: keys.keyring, nowMs: deps.now() },
  );
  await requireLasting('signature', signature, action);
  await checkQuestion(deps, action);
  const { audit, launched } = await inTransaction(deps.pool, (db) =>
    addSignature(deps, db, { signing, keys }),
  );
  logAudit(deps.log, audit);
  if (launched) startWorkflow(deps, launched);
}

async function addSignature(
  deps: ApiDeps,
  db: Queryable,
  { signing, keys }: { signing: Signing; keys: InvestigatorKeys },
): Promise<{ audit: AuditEntry[]; launched: AcceptedAction | undefined }> {
  const { id, signature, caller } = signing;
  const entry = requireEntry(id, await lockEntry(db, id));
  // Another signature may have launched it meanwhile, perhaps with this one.
  if (await isLaunchedWith(db, entry, caller)) return { audit: [], launched: undefined };
  requireWaiting(entry);
  const isNew = await addInboxSignature(db, {
    inboxid: id,
    investigatorid: caller.investigatorId,
    signature,
  });
  const signed = isNew ? [entryOf(entry, caller)] : [];
  await recordAudit(db, signed);
  const acl = await loadPublishedAcl(db);
  const launched = await launchIfEnough(db, { entry, acl, keys, nowMs: deps.now(), caller });
  return { audit: [...signed, ...(launched?.audit ?? [])], launched };
}

function entryOf({ id, name, digest }: WholeInboxRow, caller: AuditCaller): AuditEntry {
  return { ...caller, kind: 'inbox_signed', outcome: 'done', objectId: id, detail: { name, digest } };
}

/** Whether an entry was launched with a signature of the caller, whose request is then a repetition. */
async function isLaunchedWith(
  db: Queryable,
  { id, state }: InboxRow,
  { investigatorId }: AuditCaller,
): Promise<boolean> {
  if (state !== 'launched') return false;
  const signatures = await inboxSignatures(db, [id]);
  return signatures.some(({ investigatorid }) => investigatorid === investigatorId);
}
