import { moduleNames } from '../../contract/action.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import type { InboxEntryView } from '../../contract/inbox/entry.ts';
import type { PublishedAclView } from '../../contract/published-acl.ts';
import { weightsFor } from '../../contract/rules/acl-weights.ts';
import { signersNeeded } from '../../contract/rules/inbox.ts';
import { findPublishedAcl, type KnownAcl, readAclFile, verifyPublishedAcl } from '../acl/find-acl.ts';
import { weightLines } from '../acl/weight-lines.ts';
import { brakesLines } from '../action/brakes.ts';
import { questionLines } from '../action/review.ts';
import { loadSigners, type Signers } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';
import { differences } from './differences.ts';
import { loadEntry } from './load-entry.ts';
import { type VerifiedEntry, verifyEntry } from './verify-entry.ts';

interface Asked {
  id: number;
  /** A file or folder of public keys; undefined: those that the API has. */
  keys: string | undefined;
  /** A file that counts in place of the published ACL. */
  aclFile: string | undefined;
}

export interface PresentedEntry {
  entry: InboxEntryView;
  verified: VerifiedEntry;
  lines: string[];
}

/** An entry, verified here, as a person reads it before signing: the exact text, who signed, what is missing, what changed. */
export async function presentEntry(
  session: CliSession,
  { id, keys, aclFile }: Asked,
): Promise<PresentedEntry> {
  const shown = await loadEntry(session.api, id);
  const published = aclFile === undefined ? await findPublishedAcl(session.api) : undefined;
  const signatures = [...shown.action.pgpsignatures, shown.note.signature];
  const pgpsignatures = published === undefined ? signatures : [...signatures, published.signature];
  const signers = await loadSigners(session, { pgpsignatures }, keys);
  const verified = await verifyEntry(shown, signers);
  const known =
    aclFile === undefined ? await verifyIfGood(session, published, signers) : readAclFile(aclFile);
  const { entry } = shown;
  const lines = [
    ...stateLines(entry, signers.nameOf(verified.submitter)),
    ...(verified.note.why === undefined ? [] : [`why        ${verified.note.why}`]),
    ...questionLines(verified.action),
    ...brakesOf(verified.note),
    ...verified.signatures.map((line) => `signed by  ${line}`),
    ...neededLines(known, verified),
    ...(await changeLines(session, entry, verified)),
    `digest     ${verified.digest}`,
  ];
  return { entry, verified, lines };
}

/** What the first signer wants the action to be launched with: that is signed, too. */
function brakesOf({ brakes }: VerifiedEntry['note']): string[] {
  return brakes === undefined ? [] : brakesLines(brakes).map((line) => `brakes     ${line}`);
}

/** Who submitted it is what the signature of the note says, not the API. */
function stateLines(entry: InboxEntryView, submitter: string): string[] {
  const { id, state, submittedat, endedby, endedat, reason, actionid } = entry;
  const ended =
    endedby === null
      ? []
      : [`ended      ${endedat} by ${endedby.name}${reason === null ? '' : `: ${reason}`}`];
  return [
    `entry      ${id}: ${state}${actionid === null ? '' : ` as action ${actionid}`}`,
    `submitted  ${submittedat} by ${submitter}`,
    ...ended,
  ];
}

/** Without a good signature an ACL says nothing. That hinders nobody: agents decide by their own. */
async function verifyIfGood(
  { output }: CliSession,
  published: PublishedAclView | undefined,
  signers: Signers,
): Promise<KnownAcl | undefined> {
  if (published === undefined) return undefined;
  try {
    return await verifyPublishedAcl(published, signers);
  } catch (error) {
    if (errorCode(error) !== 'signature_wrong') throw error;
    output.note(errorMessage(error));
    return undefined;
  }
}

function neededLines(known: KnownAcl | undefined, { action, fingerprints, note }: VerifiedEntry): string[] {
  const signers = `signers    ${fingerprints.length} of ${signersNeeded(known?.acl, note.signers)}`;
  if (known === undefined) {
    return [signers, 'weight     not known: no ACL is published that could be verified; agents decide'];
  }
  const weights = weightsFor(known.acl, { modules: moduleNames(action), fingerprints });
  return [
    ...(note.signers === undefined ? [] : [signers]),
    ...weightLines(weights).map((line) => `weight     ${line}`),
    `           by the ACL, ${known.source}`,
  ];
}

async function changeLines(
  session: CliSession,
  { state }: InboxEntryView,
  verified: VerifiedEntry,
): Promise<string[]> {
  if (state !== 'waiting') return [];
  return (await differences(session, verified, Date.now())).map((line) => `now        ${line}`);
}
