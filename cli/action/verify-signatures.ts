import type { Action } from '../../contract/action.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { Signers } from '../keys/signers.ts';

/** Prints a line for each signature. Returns whether there is at least one, all are good, and no key signed twice. */
export async function verifySignatures(
  action: Action,
  { keyring, nameOf, reasonForOthers }: Signers,
  print: (line: string) => void,
): Promise<boolean> {
  const signers = new Set<string>();
  let areGood = action.pgpsignatures.length > 0;
  for (const signature of action.pgpsignatures) {
    try {
      const fingerprint = await verifySignature(signedTexts(action), signature, {
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
  return areGood;
}
