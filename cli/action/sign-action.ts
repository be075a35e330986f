import type { Action } from '../../contract/action.ts';
import { signedText, signedTexts } from '../../contract/rules/signed-text.ts';
import { type KeyringKey, readPublicKey } from '../../platform/openpgp/keyring.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { CliSession } from '../session.ts';
import { withWindow } from './window.ts';

/**
 * Adds the investigator's signature, unless the action already has it. A new window begins here, so that neither the count
 * of agents nor the countdown shortens it.
 */
export async function signAction({ options, signer, output }: CliSession, unsigned: Action): Promise<Action> {
  const action = withWindow(unsigned, options);
  if (await hasSigned(signer, action)) {
    if (options.signOnly) output.note('you have signed this action already: nothing was added');
    return action;
  }
  const signature = await signer.sign(signedText(action));
  return { ...action, pgpsignatures: [...action.pgpsignatures, signature] };
}

async function hasSigned(signer: Signer, action: Action): Promise<boolean> {
  const key = await readPublicKey(signer.publicKey);
  for (const signature of action.pgpsignatures) {
    if (await isSignatureOf(key, signature, action)) return true;
  }
  return false;
}

async function isSignatureOf(key: KeyringKey, signature: string, action: Action): Promise<boolean> {
  try {
    await verifySignature(signedTexts(action), signature, { keyring: [key], nowMs: Date.now() });
    return true;
  } catch {
    return false;
  }
}
