import { MigError } from '../../contract/errors.ts';
import { hasPermission } from '../../contract/permissions.ts';
import { verifySignatures } from '../../platform/openpgp/verify.ts';
import type { InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps } from '../context.ts';

/** Verifies detached signatures over a text; returns the investigators who made them, in their order. */
export async function signersOf(
  deps: ApiDeps,
  texts: readonly string[],
  signatures: readonly string[],
): Promise<InvestigatorRow[]> {
  const { keyring, investigators } = await deps.loadKeyring();
  const fingerprints = await verifySignatures(texts, signatures, { keyring, nowMs: deps.now() });
  return fingerprints.flatMap((fingerprint) =>
    investigators.filter(({ pgpfingerprint }) => pgpfingerprint === fingerprint),
  );
}

/** As `signersOf`; throws `forbidden` when one of them may not change sweeps. */
export async function requireSigners(
  deps: ApiDeps,
  texts: readonly string[],
  signatures: readonly string[],
): Promise<InvestigatorRow[]> {
  const signers = await signersOf(deps, texts, signatures);
  const withoutRight = signers.find(({ permissions }) => !hasPermission(permissions, 'action_create'));
  if (withoutRight === undefined) return signers;
  throw new MigError(
    'forbidden',
    `${withoutRight.name} (${withoutRight.pgpfingerprint}) has signed without the permission action_create`,
  );
}
