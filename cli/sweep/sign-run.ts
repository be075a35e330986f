import { signedText } from '../../contract/rules/signed-text.ts';
import type { Sweep } from '../../contract/sweep/document.ts';
import type { SignedPart } from '../../contract/sweep/requests.ts';
import { runActions } from '../../contract/sweep/run-actions.ts';
import type { Signer } from '../../platform/openpgp/sign.ts';

/** Signs the actions of one run, one window each. */
export function signRun(
  signer: Signer,
  sweep: Pick<Sweep, 'name' | 'target' | 'validity'>,
  run: { plannedat: string; operations: readonly string[] },
): Promise<SignedPart[]> {
  return Promise.all(
    runActions(sweep, run).map(async (action) => ({
      name: action.name,
      validfrom: action.validfrom,
      expireafter: action.expireafter,
      signatures: [await signer.sign(signedText(action))],
    })),
  );
}
