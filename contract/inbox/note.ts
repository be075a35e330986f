import { z } from 'zod';
import { Brakes } from '../brakes.ts';
import { sha256Hex } from '../digest.ts';
import { MigError } from '../errors.ts';
import { listOf } from '../fields.ts';
import { parseStorableJson } from '../go/strict-json.ts';
import { readAs } from '../read-as.ts';
import { type SignedParts, signedText } from '../rules/signed-text.ts';
import { MAX_SIGNERS, MAX_WHY } from './limits.ts';

export const MAX_NOTE_BYTES = 16 * 1024;
/** How many agents the first signer names of those that the target reached. */
export const SAMPLE_AGENTS = 5;

/** Says what the text is: no signature over another document is one over a note. */
const KIND = 'inbox note';

const SeenAgent = z.strictObject({ name: z.string().max(255), queueloc: z.string().max(255) });

const Note = z.strictObject({
  mig: z.literal(KIND),
  /** Of the signed text of the action, in hexadecimal digits. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** How many agents the target reached when the first signer looked. */
  agents: z.number().int().nonnegative(),
  sample: listOf(SeenAgent, SAMPLE_AGENTS),
  /** The name that the first signer typed in place of the target. */
  macro: z.string().max(255).optional(),
  why: z.string().max(MAX_WHY).optional(),
  /** How many signers are wanted; without it as many as the ACL needs. */
  signers: z.number().int().min(2).max(MAX_SIGNERS).optional(),
  /** With which the action is launched. */
  brakes: Brakes.optional(),
});

/** What the first signer saw and wants, signed: a platform cannot change it between two signers. */
export type InboxNote = Omit<z.infer<typeof Note>, 'mig'>;

/** The text to sign. */
export function noteText(note: InboxNote): string {
  return JSON.stringify({ mig: KIND, ...note });
}

/** Reads a note; throws MigError with the field. */
export function parseNote(text: string): InboxNote {
  if (Buffer.byteLength(text) > MAX_NOTE_BYTES) {
    throw new MigError('body_too_large', `note: is over ${MAX_NOTE_BYTES} bytes`);
  }
  const parsed = readAs(Note, parseStorableJson(text));
  if (!parsed.success) {
    throw new MigError('parameter_invalid', `note: ${parsed.problem}`, { cause: parsed.error });
  }
  const { mig: _, ...note } = parsed.data;
  return note;
}

/** What names an action in the inbox: the digest of its signed text. */
export function actionDigest(action: SignedParts): string {
  return sha256Hex(signedText(action));
}
