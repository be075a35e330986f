import type { Action } from '../../contract/action.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { Signers } from '../keys/signers.ts';
import type { Output } from '../terminal/output.ts';

/** A line for each signature; whether each is good and by somebody else than those before. */
export async function verifySignatures(
  action: Action,
  { keyring, nameOf, others }: Signers,
  output: Output,
): Promise<boolean> {
  const seen = new Set<string>();
  let areGood = action.pgpsignatures.length > 0;
  for (const signature of action.pgpsignatures) {
    try {
      const context = { keyring, nowMs: Date.now() };
      const fingerprint = await verifySignature(signedTexts(action), signature, context);
      output.answer(`Valid signature by ${nameOf(fingerprint)} (${fingerprint})`);
      if (!seen.has(fingerprint)) {
        seen.add(fingerprint);
        continue;
      }
      output.answer(`[error] permission violation: key ${fingerprint} used to sign multiple times`);
    } catch (error) {
      const stranger = errorCode(error) === 'signature_unknown_signer' ? `: ${others}` : '';
      output.answer(`[error] ${errorMessage(error)}${stranger}`);
    }
    areGood = false;
  }
  return areGood;
}
