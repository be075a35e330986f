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

/** Shows all that a signature would cover, and the present signers. Returns the keys of those whose signatures are good. */
export async function showWhatIsSigned(session: CliSession, action: Action): Promise<string[]> {
  for (const line of questionLines(action)) session.output.note(line);
  return showSigners(session, action);
}

/** All that a signature covers, with inflated parameters. */
export function questionLines(action: Action): string[] {
  const lines = [`name       ${action.name}`, `target     ${action.target}`];
  if (hasWindow(action)) lines.push(`valid      ${action.validfrom} to ${action.expireafter}`);
  for (const operation of action.operations) {
    lines.push(`operation  ${operation.module}${operation.is_compressed ? ' (compressed)' : ''}`);
    const parameters = prettyJson(goJson(inflateParameters(operation)), 2);
    lines.push(...parameters.split('\n').map((line) => `  ${line}`));
  }
  return lines;
}

/**
 * Signing works offline, but the names of earlier signers require the investigators' keys. Throws when an earlier signature
 * is wrong: its signer has not seen this text.
 */
async function showSigners(session: CliSession, action: Action): Promise<string[]> {
  const { output } = session;
  if (action.pgpsignatures.length === 0) {
    output.note('signed by  nobody yet');
    return [];
  }
  let verified = { areGood: true, fingerprints: [] as string[] };
  try {
    const signers = await loadInvestigators(session, action);
    verified = await verifySignatures(action, signers, output.note);
  } catch (error) {
    await showUnchecked(session, action, error);
  }
  if (verified.areGood) return verified.fingerprints;
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

export async function confirmSignature(session: Pick<CliSession, 'options' | 'asker'>): Promise<boolean> {
  return confirm('sign this?', session);
}
