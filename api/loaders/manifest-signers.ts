import { MigError } from '../../contract/errors.ts';
import { hasPermission } from '../../contract/permissions.ts';
import { manifestText } from '../../contract/rules/manifest.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import {
  type ManifestSignature,
  manifestEntries,
  manifestSignatures,
} from '../../platform/postgres/queries/manifests.ts';
import type { InvestigatorKeys } from '../auth/keyring.ts';

/**
 * The signatures of a manifest that count now: good ones over its files, by active investigators who may still sign
 * manifests.
 */
export async function countedSignatures(
  db: Queryable,
  manifestId: number,
  { keyring, investigators, nowMs }: InvestigatorKeys & { nowMs: number },
): Promise<ManifestSignature[]> {
  const text = manifestText(await manifestEntries(db, manifestId));
  const counted: ManifestSignature[] = [];
  for (const signature of await manifestSignatures(db, manifestId)) {
    const signer = investigators.find(({ id }) => id === signature.investigatorid);
    if (!signer || !hasPermission(signer.permissions, 'manifest_sign')) continue;
    const fingerprint = await signerOf(text, signature.pgpsignature, { keyring, nowMs });
    if (fingerprint === signer.pgpfingerprint) {
      counted.push(signature);
    }
  }
  return counted;
}

/** The fingerprint of the key that signed; undefined when the signature is not good, such as when its key was revoked. */
async function signerOf(
  text: string,
  signature: string,
  options: Parameters<typeof verifySignature>[2],
): Promise<string | undefined> {
  try {
    return await verifySignature([text], signature, options);
  } catch (error) {
    if (error instanceof MigError) return undefined;
    throw error;
  }
}
