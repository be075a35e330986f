import { type Action, moduleNames, parseNewAction } from '../../contract/action.ts';
import { actionText } from '../../contract/action-text.ts';
import { MigError } from '../../contract/errors.ts';
import { actionDigest, parseNote } from '../../contract/inbox/note.ts';
import { MAX_ACTION_BYTES } from '../../contract/limits.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { verifySignatures } from '../../platform/openpgp/verify.ts';
import { inTransaction, type Queryable } from '../../platform/postgres/pool.ts';
import { type AuditEntry, recordAudit } from '../../platform/postgres/queries/audit.ts';
import {
  countEntriesOf,
  entryById,
  insertEntry,
  lockEntry,
  lockEntryOfText,
} from '../../platform/postgres/queries/inbox/entries.ts';
import { addInboxSignature } from '../../platform/postgres/queries/inbox/signatures.ts';
import { requireSigner } from '../../platform/postgres/queries/investigators.ts';
import { checkBrakes } from '../actions/check-brakes.ts';
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

/** How many entries of one investigator may wait, and how many may come in a day. Requests at once may exceed them by a few. */
const MAX_WAITING_EACH = 50;
const MAX_DAILY_EACH = 500;

interface Submission {
  /** The signed action as JSON text. */
  text: string;
  note: string;
  noteSignature: string;
  caller: AuditCaller;
}

interface VerifiedSubmission extends Omit<Submission, 'text'> {
  action: Action;
  /** Of the signers, in the order of the signatures. */
  fingerprints: string[];
  keys: InvestigatorKeys;
}

/** Stores a signed action until enough have signed it; returns the id of its entry. It is launched at once if they are enough. */
export async function submitEntry(deps: ApiDeps, submission: Submission): Promise<number> {
  const verified = await verifySubmission(deps, submission);
  await checkQuestion(deps, verified.action);
  const stored = await inTransaction(deps.pool, (db) => storeEntry(deps, db, verified));
  logAudit(deps.log, stored.audit);
  if (stored.launched) startWorkflow(deps, stored.launched);
  return stored.id;
}

async function verifySubmission(deps: ApiDeps, submission: Submission): Promise<VerifiedSubmission> {
  const { text, note, noteSignature, caller } = submission;
  if (Buffer.byteLength(text) > MAX_ACTION_BYTES) {
    throw new MigError('body_too_large', `action: is over ${MAX_ACTION_BYTES} bytes`);
  }
  const action = parseNewAction(text);
  const nowMs = deps.now();
  checkAction(action, nowMs);
  const { digest, brakes } = parseNote(note);
  if (digest !== actionDigest(action)) {
    throw new MigError('parameter_invalid', 'note: its digest is that of another action');
  }
  if (brakes !== undefined) checkBrakes(brakes, action, nowMs);
  const keys = await deps.loadKeyring();
  const options = { keyring: keys.keyring, nowMs };
  const fingerprints = await verifySignatures(signedTexts(action), action.pgpsignatures, options);
  for (const signature of action.pgpsignatures) await requireLasting('action', signature, action);
  const { fingerprint } = caller;
  const parameter = 'notesignature';
  const signed = { parameter, texts: [note], signature: noteSignature, fingerprint };
  const writer = await verifyOwnSignature(signed, options);
  await requireLasting(parameter, noteSignature, action);
  if (!fingerprints.includes(writer)) {
    throw new MigError('forbidden', 'action: you have not signed it; only a signer submits an action');
  }
  return { action, note, noteSignature, caller, fingerprints, keys };
}

interface StoredEntry {
  id: number;
  audit: AuditEntry[];
  launched: AcceptedAction | undefined;
}

async function storeEntry(deps: ApiDeps, db: Queryable, verified: VerifiedSubmission): Promise<StoredEntry> {
  const { action, note, caller, fingerprints, keys } = verified;
  const digest = actionDigest(action);
  const known = await lockEntryOfText(db, digest);
  if (known) return { id: await requireSame(db, known.id, verified), audit: [], launched: undefined };
  await requireRoom(db, caller.investigatorId);
  const id = await insertEntry(db, {
    action: actionText({ ...action, pgpsignatures: [] }),
    digest,
    name: action.name,
    target: action.target,
    modules: moduleNames(action),
    validfrom: action.validfrom,
    expireafter: action.expireafter,
    note,
    notesignature: verified.noteSignature,
    submittedby: caller.investigatorId,
  });
  if (id === undefined) throw new MigError('conflict', 'this action came into the inbox a moment ago');
  for (const [index, signature] of action.pgpsignatures.entries()) {
    const signer = requireSigner(keys.investigators, fingerprints[index]);
    await addInboxSignature(db, { inboxid: id, investigatorid: signer.id, signature });
  }
  const detail = { name: action.name, target: action.target, signers: fingerprints, digest };
  const submitted: AuditEntry = { ...caller, kind: 'inbox_submitted', outcome: 'done', objectId: id, detail };
  await recordAudit(db, [submitted]);
  const entry = requireEntry(id, await lockEntry(db, id));
  const acl = await loadPublishedAcl(db);
  const launched = await launchIfEnough(db, { entry, acl, keys, nowMs: deps.now(), caller });
  return { id, launched, audit: [submitted, ...(launched?.audit ?? [])] };
}

/** The same submission again has no effect; any other one of a text that was here before is refused. */
async function requireSame(db: Queryable, id: number, { note, caller }: VerifiedSubmission): Promise<number> {
  const entry = requireEntry(id, await entryById(db, id));
  if (entry.note === note && entry.submittedby === caller.investigatorId) return id;
  requireWaiting(entry);
  throw new MigError('conflict', `this action waits already: mig inbox sign ${id} adds a signature`);
}

async function requireRoom(db: Queryable, investigatorId: number): Promise<void> {
  const { waiting, today } = await countEntriesOf(db, investigatorId);
  if (waiting >= MAX_WAITING_EACH) {
    throw new MigError('conflict', `${waiting} actions of yours wait already: mig inbox withdraw ends one`);
  }
  if (today >= MAX_DAILY_EACH) {
    throw new MigError(
      'rate_limited',
      `you have submitted ${today} actions within a day: wait, or launch them`,
    );
  }
}
