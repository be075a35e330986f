import type { Action } from '../../contract/action.ts';
import { type ErrorCode, errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import type { InboxNoteView } from '../../contract/inbox/entry.ts';
import { actionDigest, type InboxNote, parseNote } from '../../contract/inbox/note.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { Signers } from '../keys/signers.ts';
import type { ShownEntry } from './load-entry.ts';

/** What this program has verified of an entry, whatever the API says. */
export interface VerifiedEntry {
  action: Action;
  /** Of the signed text, counted here. */
  digest: string;
  note: InboxNote;
  /** Who signed the note, and with it the action, first. */
  submitter: string;
  /** Those whose signatures are good. */
  fingerprints: string[];
  /** A line for each signature. */
  signatures: string[];
}

/** Signatures that are no lie of the platform: their signers may not sign any more, or are not known here. */
const NOT_COUNTED: readonly ErrorCode[] = ['signature_unknown_signer', 'key_revoked', 'key_expired'];

/**
 * Verifies that the first signer signed this very action, and the note about it, and that each other signature is over the
 * same text. No platform can show another text than the one that is signed.
 */
export async function verifyEntry({ action, note }: ShownEntry, signers: Signers): Promise<VerifiedEntry> {
  const digest = actionDigest(action);
  const { fingerprints, lines } = await verifyActionSignatures(action, signers);
  const submitter = await verifyNoteSignature(note, signers);
  const read = parseNote(note.document);
  if (read.digest !== digest) {
    throw new MigError(
      'signature_wrong',
      'the API shows another action than the one that its first signer submitted',
    );
  }
  if (!fingerprints.includes(submitter)) {
    throw new MigError(
      'signature_wrong',
      `${submitter} wrote the note of this action, and has not signed it`,
    );
  }
  return { action, digest, note: read, submitter, fingerprints, signatures: lines };
}

async function verifyActionSignatures(
  action: Action,
  { keyring, nameOf, reasonForOthers }: Signers,
): Promise<{ fingerprints: string[]; lines: string[] }> {
  const fingerprints: string[] = [];
  const lines: string[] = [];
  const texts = signedTexts(action);
  for (const signature of action.pgpsignatures) {
    try {
      const fingerprint = await verifySignature(texts, signature, { keyring, nowMs: Date.now() });
      if (!fingerprints.includes(fingerprint)) fingerprints.push(fingerprint);
      lines.push(`${nameOf(fingerprint)} (${fingerprint})`);
    } catch (error) {
      if (!NOT_COUNTED.includes(errorCode(error))) throw notOverThis(error);
      lines.push(`somebody who does not count: ${errorMessage(error)}: ${reasonForOthers}`);
    }
  }
  return { fingerprints, lines };
}

function notOverThis(cause: unknown): MigError {
  return new MigError(
    'signature_wrong',
    `a signature of this entry is not over the action that the API shows: ${errorMessage(cause)}`,
    { cause },
  );
}

async function verifyNoteSignature(
  { document, signature }: InboxNoteView,
  { keyring, reasonForOthers }: Signers,
): Promise<string> {
  try {
    return await verifySignature([document], signature, { keyring, nowMs: Date.now() });
  } catch (cause) {
    const why = NOT_COUNTED.includes(errorCode(cause)) ? `: ${reasonForOthers}` : '';
    throw new MigError(
      'signature_wrong',
      `the note of the first signer does not count: ${errorMessage(cause)}${why}`,
      {
        cause,
      },
    );
  }
}
