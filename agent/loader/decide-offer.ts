import { MigError } from '../../contract/errors.ts';
import type { LoaderState } from './loader-state.ts';
import type { VerifiedManifest } from './verify-offer.ts';

/**
 * Throws `manifest_refused` for a manifest that is older than the installed one, or with which the agent did not start here.
 * Signatures never expire: without this, a server could bring back a version with a known fault. To go back on purpose, the
 * old manifest is signed again.
 */
export function refuseOffer(
  { digest, signedMs }: Pick<VerifiedManifest, 'digest' | 'signedMs'>,
  { installed, failed }: Pick<LoaderState, 'installed' | 'failed'>,
): void {
  if (failed?.digest === digest) {
    throw new MigError(
      'manifest_refused',
      `the agent did not start with this manifest: ${failed.why}; sign another one, or run the loader with -retry`,
    );
  }
  if (installed === undefined || installed.digest === digest || signedMs >= installed.signedMs) return;
  throw new MigError(
    'manifest_refused',
    `the manifest is of ${timeOf(signedMs)}, and that of ${timeOf(installed.signedMs)} is installed; ` +
      'to go back on purpose, reset the older one and sign it again',
  );
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}
