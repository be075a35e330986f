import type { Action } from '../../contract/action.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import { goJson } from '../../contract/go/json.ts';
import { inflateParameters } from '../../contract/parameters.ts';
import { issuersOf, loadInvestigators } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';
import { askYesNo } from '../terminal/ask.ts';
import { hasWindow, prettyJson } from './build-action.ts';
import { verifySignatures } from './verify-signatures.ts';

/** Shows what a signature would stand for: all that it covers, the parameters inflated, and who signed it before. */
export async function showWhatIsSigned(session: CliSession, action: Action): Promise<void> {
  const { say } = session.output;
  say(`name       ${action.name}`);
  say(`target     ${action.target}`);
  if (hasWindow(action)) say(`valid      ${action.validfrom} to ${action.expireafter}`);
  for (const operation of action.operations) {
    say(`operation  ${operation.module}${operation.is_compressed ? ' (compressed)' : ''}`);
    for (const line of prettyJson(goJson(inflateParameters(operation)), 2).split('\n')) say(`  ${line}`);
  }
  await showSigners(session, action);
}

/**
 * Signing works offline; who signed before can be told only with the investigators' keys. Throws when a signature is not
 * good: one more would stand on a text that its maker never saw.
 */
async function showSigners(session: CliSession, action: Action): Promise<void> {
  const { output } = session;
  if (action.pgpsignatures.length === 0) return output.say('signed by  nobody yet');
  let areGood = true;
  try {
    const signers = await loadInvestigators(session, action);
    areGood = await verifySignatures(action, signers, { ...output, answer: (line) => output.say(line) });
  } catch (error) {
    const issuers = await issuersOf(action.pgpsignatures);
    const keys = `${action.pgpsignatures.length} key(s) that cannot be checked: ${errorMessage(error)}`;
    output.say(`signed by  ${keys}`);
    for (const issuer of issuers) output.say(`           key ${issuer}, as its signature says`);
  }
  if (!areGood)
    throw new MigError('signature_wrong', 'nothing was signed: no agent would take it with that signature');
}

/** Asks on a terminal; elsewhere nobody could answer. */
export async function confirmSignature({ options }: CliSession): Promise<boolean> {
  if (options.isSure || !process.stdin.isTTY || !process.stderr.isTTY) return true;
  return askYesNo('sign this?');
}
