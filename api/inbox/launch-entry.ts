import { type Action, moduleNames, parseAction } from '../../contract/action.ts';
import { actionText } from '../../contract/action-text.ts';
import { errorCode, MigError } from '../../contract/errors.ts';
import { parseNote } from '../../contract/inbox/note.ts';
import type { PublishedAcl } from '../../contract/published-acl.ts';
import { mayLaunch } from '../../contract/rules/inbox.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { verifySignature, verifySignatures } from '../../platform/openpgp/verify.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import type { WholeInboxRow } from '../../platform/postgres/queries/inbox/entries.ts';
import { type InboxSignatureRow, inboxSignatures } from '../../platform/postgres/queries/inbox/signatures.ts';
import { type AcceptedAction, storeAction } from '../actions/store-action.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import type { InvestigatorKeys } from '../auth/keyring.ts';

interface Launch {
  /** Locked by the caller's transaction, and waiting. */
  entry: WholeInboxRow;
  acl: PublishedAcl | undefined;
  keys: InvestigatorKeys;
  nowMs: number;
  caller: AuditCaller;
}

/**
 * Launches an entry when its signatures are enough, in the transaction that added the last one: an action is stored with
 * the end of its wait, or not at all. Returns undefined when signatures are missing still.
 */
export async function launchIfEnough(
  db: Queryable,
  { entry, acl, keys, nowMs, caller }: Launch,
): Promise<AcceptedAction | undefined> {
  const unsigned = parseAction(entry.action);
  const counted = await countedSignatures(db, entry.id, { action: unsigned, keys, nowMs });
  const fingerprints = counted.map(({ fingerprint }) => fingerprint);
  const { signers, brakes } = parseNote(entry.note);
  const signed = { modules: moduleNames(unsigned), fingerprints, signersWanted: signers };
  if (!mayLaunch(acl?.acl, signed)) return undefined;
  const action = { ...unsigned, pgpsignatures: counted.map(({ signature }) => signature) };
  checkAction(action, nowMs);
  return storeAction(db, {
    action,
    text: actionText(action),
    brakes,
    caller,
    idempotencyKey: undefined,
    fingerprints,
    investigators: keys.investigators,
    verify: (candidate) =>
      verifySignatures(signedTexts(candidate), candidate.pgpsignatures, { keyring: keys.keyring, nowMs }),
  });
}

/** Those of investigators who are active, with keys that may sign still. One bad signature would refuse the whole action. */
async function countedSignatures(
  db: Queryable,
  id: number,
  { action, keys, nowMs }: { action: Action; keys: InvestigatorKeys; nowMs: number },
): Promise<InboxSignatureRow[]> {
  const texts = signedTexts(action);
  const counted: InboxSignatureRow[] = [];
  for (const row of await inboxSignatures(db, [id])) {
    if (row.counts && (await isBy(row, texts, { keyring: keys.keyring, nowMs }))) counted.push(row);
  }
  return counted;
}

async function isBy(
  { signature, fingerprint }: InboxSignatureRow,
  texts: readonly string[],
  options: Parameters<typeof verifySignature>[2],
): Promise<boolean> {
  try {
    return (await verifySignature(texts, signature, options)) === fingerprint;
  } catch (error) {
    if (error instanceof MigError && errorCode(error) !== 'internal') return false;
    throw error;
  }
}
