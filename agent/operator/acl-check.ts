import type { Action } from '../../contract/action.ts';
import { errorMessage } from '../../contract/errors.ts';
import { type Acl, checkAcl, entryFor, weightsOf } from '../../contract/rules/acl.ts';
import { signedTexts } from '../../contract/rules/signed-text.ts';
import { checkAction } from '../../contract/rules/validity.ts';
import { type Keyring, signersOf } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';

/** Whether this agent would run an action and, if not, what is missing. */
export interface AclReport {
  wouldRun: boolean;
  signatures: { name: string; fingerprint: string; problem: string | undefined }[];
  operations: {
    module: string;
    /** The ACL entry that applies: the module's own, or `default`. */
    entry: string | undefined;
    needed: number | undefined;
    given: number;
    problem: string | undefined;
    /** Everyone with weight for this module, and whether they signed. */
    investigators: { name: string; fingerprint: string; weight: number; signed: boolean }[];
  }[];
  /** A problem of the action as a whole, such as its validity window. */
  problem: string | undefined;
}

export async function checkActionAcl(
  action: Action,
  { acl, keyring, nowMs }: { acl: Acl; keyring: Keyring; nowMs: number },
): Promise<AclReport> {
  const signatures = await Promise.all(
    action.pgpsignatures.map(async (signature) => {
      try {
        const fingerprint = await verifySignature(signedTexts(action), signature, { keyring, nowMs });
        return { ...signerOf(keyring, fingerprint), problem: undefined };
      } catch (error) {
        return { name: '', fingerprint: '', problem: errorMessage(error) };
      }
    }),
  );
  const signers = signatures
    .filter(({ problem }) => problem === undefined)
    .map(({ fingerprint }) => fingerprint);
  const operations = action.operations.map(({ module }) => operationReport(module, { acl, signers }));
  const problem = problemOf(() => checkAction(action, nowMs));
  return {
    wouldRun:
      problem === undefined &&
      signatures.length > 0 &&
      [...signatures, ...operations].every((one) => one.problem === undefined),
    signatures,
    operations,
    problem,
  };
}

function signerOf(keyring: Keyring, fingerprint: string): { name: string; fingerprint: string } {
  return signersOf(keyring, [fingerprint])[0] ?? { name: 'unknown', fingerprint };
}

function operationReport(
  module: string,
  { acl, signers }: { acl: Acl; signers: string[] },
): AclReport['operations'][number] {
  const { name, entry } = entryFor(acl, module);
  const weights = entry ? weightsOf(entry) : [];
  const signed = (fingerprint: string) => signers.includes(fingerprint);
  return {
    module,
    entry: entry && name,
    needed: entry?.minimumweight,
    given: weights.reduce((sum, { fingerprint, weight }) => sum + (signed(fingerprint) ? weight : 0), 0),
    problem: problemOf(() => checkAcl(acl, { modules: [module], fingerprints: signers })),
    investigators: weights.map((one) => ({ ...one, signed: signed(one.fingerprint) })),
  };
}

function problemOf(check: () => void): string | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return errorMessage(error);
  }
}

export function printAclReport({ wouldRun, signatures, operations, problem }: AclReport): string {
  const lines = [
    wouldRun ? 'This agent would run the action.' : 'This agent would refuse the action.',
    ...(problem === undefined ? [] : [`  ${problem}`]),
    ...signatures.map((one) =>
      one.problem === undefined
        ? `signature by ${one.name} (${one.fingerprint}): good`
        : `signature: ${one.problem}`,
    ),
    ...(signatures.length === 0 ? ['it has no signature'] : []),
    ...operations.flatMap((operation, index) => [
      `operation ${index + 1}, ${operation.module}: ${operation.problem ?? 'allowed'}`,
      `  entry ${operation.entry ?? 'none'}, weight needed ${operation.needed ?? '-'}, given ${operation.given}`,
      ...operation.investigators.map(
        ({ name, fingerprint, weight, signed }) =>
          `  ${signed ? 'signed' : '      '} weight ${weight}  ${name} (${fingerprint})`,
      ),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}
