import type { Action } from '../../contract/action.ts';
import { sha256Hex } from '../../contract/digest.ts';
import { MigError } from '../../contract/errors.ts';
import { unixMillis } from '../../contract/go/time.ts';
import { type Acl, checkAcl } from '../../contract/rules/acl.ts';
import { signedText, signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction, isNotYetValid } from '../../contract/rules/validity.ts';
import type { Keyring } from '../../platform/openpgp/keyring.ts';
import { verifySignature, verifySignatures } from '../../platform/openpgp/verify.ts';

export interface Authority {
  keyring: Keyring;
  acl: Acl;
  /** Any key of the keyring suffices (MIG's `onlyverifypubkey`). */
  onlyVerifyPubkey?: boolean;
  nowMs: number;
  /** The latest signed time on this endpoint: a lower limit of the present, even when the clock was set back. */
  signedTimeMs: number;
}

/**
 * Decides on the endpoint, by its own keys, ACL and time alone, whether an action may run. Runs before anything in the action
 * is used. Returns the fingerprints of the signers; throws MigError with MIG's words.
 */
export async function authorize(action: Action, authority: Authority): Promise<string[]> {
  const nowMs = Math.max(authority.nowMs, authority.signedTimeMs);
  checkAction(action, nowMs);
  if (isNotYetValid(action.validfrom, authority.nowMs)) {
    throw new MigError('action_not_yet_valid', 'Action ValidFrom date is in the future');
  }
  const fingerprints = await verifySignatures(signedTexts(action), action.pgpsignatures, {
    keyring: authority.keyring,
    nowMs,
  });
  if (authority.onlyVerifyPubkey) return fingerprints;
  checkAcl(authority.acl, { modules: action.operations.map(({ module }) => module), fingerprints });
  return fingerprints;
}

/** More signatures of a refused action are not verified: nothing depends on them. */
const MAX_SIGNERS = 8;

/** Returns the fingerprints of genuine signatures, even when another signature, or the action itself, is refused. */
export async function findGenuineSigners(
  action: Action,
  { keyring, nowMs }: { keyring: Keyring; nowMs: number },
): Promise<string[]> {
  const texts = signedTexts(action);
  const signers = new Set<string>();
  for (const signature of action.pgpsignatures.slice(0, MAX_SIGNERS)) {
    try {
      signers.add(await verifySignature(texts, signature, { keyring, nowMs }));
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
    }
  }
  return [...signers];
}

/** Identifies an action whatever its id: a hostile server may send it again under another one. */
export function actionDigest(action: Action): string {
  return sha256Hex(signedText(action));
}

export function windowOf(action: Action): { validFromMs: number; expiresMs: number } {
  return { validFromMs: unixMillis(action.validfrom), expiresMs: unixMillis(action.expireafter) };
}
