import type { Action } from '../../contract/action.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { goJson } from '../../contract/go/json.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { issuersOf, loadInvestigators } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';
import { confirm } from '../terminal/ask.ts';
import { prettyJson } from './action-text.ts';
import { verifySignatures } from './verify-signatures.ts';
import { hasWindow } from './window.ts';

/** Shows all that a signature would cover, with inflated parameters, and the present signers. */
export async function showWhatIsSigned(session: CliSession, action: Action): Promise<void> {
  const { note } = session.output;
  note(`name       ${action.name}`);
  note(`target     ${action.target}`);
  if (hasWindow(action)) note(`valid      ${action.validfrom} to ${action.expireafter}`);
  for (const operation of action.operations) {
    note(`operation  ${operation.module}${operation.is_compressed ? ' (compressed)' : ''}`);
    const parameters = prettyJson(goJson(inflateParameters(operation)), 2);
    for (const line of parameters.split('\n')) note(`  ${line}`);
  }
  await showSigners(session, action);
}

/**
 * Signing works offline, but the names of earlier signers require the investigators' keys. Throws when an earlier signature
 * is wrong: its signer has not seen this text.
 */
async function showSigners(session: CliSession, action: Action): Promise<void> {
  const { output } = session;
  if (action.pgpsignatures.length === 0) return output.note('signed by  nobody yet');
  let areGood = true;
  try {
    const signers = await loadInvestigators(session, action);
    areGood = await verifySignatures(action, signers, output.note);
  } catch (error) {
    await showUnchecked(session, action, error);
  }
  if (!areGood)
    throw new MigError(
      'signature_wrong',
      'nothing was signed: no agent would accept the action with that signature',
    );
}

async function showUnchecked(
  { output }: CliSession,
  { pgpsignatures }: Action,
  error: unknown,
): Promise<void> {
  const issuers = await issuersOf(pgpsignatures);
  output.note(
    `signed by  ${countOf(pgpsignatures.length, 'key')} that cannot be checked: ${errorMessage(error)}`,
  );
  for (const issuer of issuers) output.note(`           key ${issuer}, according to its signature`);
}

export async function confirmSignature({ options }: Pick<CliSession, 'options'>): Promise<boolean> {
  return confirm('sign this?', options);
}
