import { sha256Hex } from '../../contract/digest.ts';
import { errorMessage, MigError } from '../../contract/errors.ts';
import type { ManifestOffer } from '../../contract/manifest-offer.ts';
import { type ManifestEntry, manifestText } from '../../contract/rules/manifest.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { printable } from '../../contract/text/printable.ts';
import { type Keyring, signersOf } from '../../platform/openpgp/keyring.ts';
import { signatureTimeMs, verifySignature } from '../../platform/openpgp/verify.ts';

/** A manifest that enough people have signed. */
export interface VerifiedManifest {
  entries: ManifestEntry[];
  /** The SHA-256 of the signed text. */
  digest: string;
  signers: { name: string; fingerprint: string }[];
  /**
   * When it had enough signatures: the time of the last that is needed. Nobody can make it seem newer without as many new
   * signatures.
   */
  signedMs: number;
  /** Why other signatures do not count. */
  ignored: string[];
}

interface VerifyOptions {
  keyring: Keyring;
  required: number;
  nowMs: number;
}

/**
 * Verifies the signatures of a manifest against the keys of this machine, and throws `manifest_refused` unless enough people
 * have signed. One key counts once. A signature that does not count, such as by a key that is not known here, does no harm:
 * whoever can sign for the API could otherwise keep every loader from the manifests of all others.
 */
export async function verifyOffer(
  { entries, signatures }: ManifestOffer,
  { keyring, required, nowMs }: VerifyOptions,
): Promise<VerifiedManifest> {
  refuseTwins(entries);
  const text = manifestText(entries);
  const times = new Map<string, number>();
  const ignored: string[] = [];
  for (const signature of signatures) {
    try {
      const fingerprint = await verifySignature([text], signature, { keyring, nowMs });
      if (times.has(fingerprint)) ignored.push(`key ${fingerprint} signed more than once`);
      times.set(fingerprint, Math.max(times.get(fingerprint) ?? 0, await signatureTimeMs(signature)));
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
      ignored.push(printable(errorMessage(error)));
    }
  }
  return {
    entries,
    digest: sha256Hex(text),
    signers: signersOf(keyring, [...times.keys()]),
    signedMs: enoughSince([...times.values()], { required, ignored }),
    ignored,
  };
}

/** The time of the `required`-th newest signature. */
function enoughSince(
  times: readonly number[],
  { required, ignored }: { required: number; ignored: readonly string[] },
): number {
  const last = [...times].sort((one, other) => other - one)[required - 1];
  if (last !== undefined) return last;
  const others = ignored.length === 0 ? '' : `; ${ignored.slice(0, 3).join('; ')}`;
  throw new MigError(
    'manifest_refused',
    `the manifest has ${countOf(times.length, 'good signature')}, and needs ${required}, by keys in loaderkeys/${others}`,
  );
}

function refuseTwins(entries: readonly ManifestEntry[]): void {
  if (entries.length === 0) throw new MigError('manifest_refused', 'the manifest has no file');
  const names = entries.map(({ name }) => name);
  const twin = names.find((name, index) => names.indexOf(name) !== index);
  if (twin === undefined) return;
  throw new MigError('manifest_refused', `the manifest has two files named ${printable(twin)}`);
}
