import type { Action } from '../../contract/action.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { Signers } from '../keys/signers.ts';

type Print = (line: string) => void;

interface Verified {
  /** Whether there is at least one signature, all are good, and no key signed twice. */
  areGood: boolean;
  /** The keys with a good signature. */
  fingerprints: string[];
}

/** Prints a line for each signature. */
export function verifySignatures(action: Action, signers: Signers, print: Print): Promise<Verified> {
  return verifySigned({ texts: signedTexts(action), signatures: action.pgpsignatures }, signers, print);
}

/** As `verifySignatures`, for signatures over any text. One of several `texts` is the signed one. */
export async function verifySigned(
  { texts, signatures }: { texts: readonly string[]; signatures: readonly string[] },
  { keyring, nameOf, reasonForOthers }: Signers,
  print: Print,
): Promise<Verified> {
  const signers = new Set<string>();
  let areGood = signatures.length > 0;
  for (const signature of signatures) {
    try {
      const fingerprint = await verifySignature(texts, signature, {
        keyring,
        nowMs: Date.now(),
      });
      print(`Valid signature by ${nameOf(fingerprint)} (${fingerprint})`);
      if (signers.has(fingerprint)) {
        print(`[error] permission violation: key ${fingerprint} used to sign multiple times`);
        areGood = false;
      }
      signers.add(fingerprint);
    } catch (error) {
      const isStranger = errorCode(error) === 'signature_unknown_signer';
      print(`[error] ${errorMessage(error)}${isStranger ? `: ${reasonForOthers}` : ''}`);
      areGood = false;
    }
  }
  return { areGood, fingerprints: [...signers] };
}
