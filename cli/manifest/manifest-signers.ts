import { manifestText } from '../../contract/rules/manifest.ts';
import { verifySigned } from '../action/verify-signatures.ts';
import { loadInvestigators } from '../keys/signers.ts';
import type { CliSession } from '../session.ts';
import type { LoadedManifest } from './load-manifest.ts';

/** Prints a line for each signature of a manifest, checked with the keys of the platform's active investigators. */
export async function printManifestSigners(
  session: CliSession,
  { manifest: { signatures }, files }: LoadedManifest,
  print: (line: string) => void,
): Promise<void> {
  if (signatures.length === 0) return print('signed by nobody yet');
  const signers = await loadInvestigators(session, { pgpsignatures: signatures });
  await verifySigned({ texts: [manifestText(files)], signatures }, signers, print);
}
