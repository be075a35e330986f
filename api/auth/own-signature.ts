import { MigError } from '../../contract/errors.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';

interface OwnSignature {
  /** The parameter that carries the signature. */
  parameter: string;
  /** The texts that it may be over; any of them is enough. */
  texts: readonly string[];
  signature: string;
  /** The fingerprint of the caller's key. A caller without one has made no signature. */
  fingerprint: string | null | undefined;
}

/**
 * Returns the signer's fingerprint. Throws unless it is the caller's: who could hand in another's old signatures could bring
 * back what was withdrawn.
 */
export async function verifyOwnSignature(
  { parameter, texts, signature, fingerprint }: OwnSignature,
  options: Parameters<typeof verifySignature>[2],
): Promise<string> {
  const signer = await verifySignature(texts, signature, options);
  if (signer === fingerprint) return signer;
  throw new MigError('forbidden', `${parameter}: it is by key ${signer}, which is not yours`);
}
