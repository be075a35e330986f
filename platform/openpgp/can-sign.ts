import { type AnyKeyPacket, enums, type Key, type KeyID } from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import type { KeyringKey } from './keyring.ts';
import { CLOCK_TOLERANCE_MS, requireUsableKey } from './usable-key.ts';

/** Whether the primary key or a subkey of a public key can sign. */
export interface KeyVerdict {
  keyId: KeyID;
  fingerprint: string;
  isPrimary: boolean;
  created: Date;
  curve: string | undefined;
  /** Why agents accept no signature by this key; undefined when they do. */
  problem: string | undefined;
}

/** The product of two primes of 1,024 bits may have one bit less than 2,048. */
const MIN_RSA_BITS = 2047;
const CURVES: readonly string[] = ['nistP256', 'nistP384', 'nistP521', 'ed25519Legacy'];
const WITHOUT_CURVE = new Set([enums.publicKey.ed25519, enums.publicKey.ed448]);
const RSA = new Set([enums.publicKey.rsaEncryptSign, enums.publicKey.rsaSign]);
const WITH_CURVE = new Set([enums.publicKey.ecdsa, enums.publicKey.eddsaLegacy]);

/**
 * Checks every key as verification checks the signing one, so that a registered key can sign. A key whose creation
 * time is ahead of now is checked for that time, as its signatures are.
 */
export async function judgeKeys(signer: KeyringKey, nowMs: number): Promise<KeyVerdict[]> {
  const verdicts: KeyVerdict[] = [];
  for (const key of signer.key.getKeys()) {
    const { keyPacket } = key;
    verdicts.push({
      keyId: key.getKeyID(),
      fingerprint: key.getFingerprint().toUpperCase(),
      isPrimary: keyPacket === signer.key.keyPacket,
      created: keyPacket.created,
      curve: (keyPacket.getAlgorithmInfo() as { curve?: string }).curve,
      problem: algorithmProblem(keyPacket) ?? (await usageProblem(signer, key, nowMs)),
    });
  }
  return verdicts;
}

/** Throws, with the reason for each key, unless agents accept signatures by the primary key or by a subkey. */
export async function requireSigningKey(signer: KeyringKey, nowMs: number): Promise<KeyVerdict[]> {
  const verdicts = await judgeKeys(signer, nowMs);
  if (verdicts.some(({ problem }) => problem === undefined)) return verdicts;
  throw new MigError(
    'key_cannot_sign',
    `key ${signer.fingerprint} cannot sign here: ${describeProblems(verdicts)}`,
  );
}

export function describeProblems(verdicts: readonly KeyVerdict[]): string {
  return verdicts
    .map(({ isPrimary, keyId, problem }) => {
      const name = isPrimary ? 'the primary key' : `subkey ${keyId.toHex().toUpperCase()}`;
      return `${name} ${problem ?? 'can sign'}`;
    })
    .join('; ');
}

/** Why no agent verifies signatures of this algorithm. */
function algorithmProblem(packet: AnyKeyPacket): string | undefined {
  const { version, algorithm } = packet;
  const { bits = 0, curve = 'unknown' } = packet.getAlgorithmInfo() as { bits?: number; curve?: string };
  if (version !== 4) return `is of version ${version}, not 4`;
  if (algorithm === enums.publicKey.dsa) return 'is a DSA key: only RSA, ECDSA and EdDSA keys sign here';
  if (RSA.has(algorithm)) {
    return bits < MIN_RSA_BITS ? `is RSA of ${bits} bits, under 2,048` : undefined;
  }
  if (WITH_CURVE.has(algorithm)) {
    return CURVES.includes(curve)
      ? undefined
      : `is on curve ${curve}: only NIST P-256, P-384, P-521 and Ed25519 sign here`;
  }
  return WITHOUT_CURVE.has(algorithm) ? undefined : 'is for encryption only';
}

/** Why this key is not usable now: revoked, expired, or not for signing. */
async function usageProblem(
  signer: KeyringKey,
  key: ReturnType<Key['getKeys']>[number],
  nowMs: number,
): Promise<string | undefined> {
  const createdMs = Math.max(signer.key.keyPacket.created.getTime(), key.keyPacket.created.getTime());
  if (createdMs > nowMs + CLOCK_TOLERANCE_MS) {
    return `was made in the future, at ${new Date(createdMs).toISOString()}`;
  }
  const atMs = Math.max(nowMs, createdMs);
  try {
    await requireUsableKey(signer, { keyId: key.getKeyID(), nowMs: atMs, date: new Date(atMs) });
    return undefined;
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return refusalOf(error, signer.fingerprint);
  }
}

/** The refusal as the predicate of a sentence about the key, such as `is revoked`. */
function refusalOf({ code, message, cause }: MigError, fingerprint: string): string {
  if (code !== 'signature_wrong') return message.replace(`key ${fingerprint} `, '');
  const why =
    cause instanceof Error
      ? cause.message.replace(/^Could not find valid signing key packet in key \w+:? ?/, '')
      : '';
  return why === '' ? 'is not for signing' : `may not sign: ${why}`;
}
