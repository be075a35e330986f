import { type AnyKeyPacket, enums, type Key, type KeyID } from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import type { KeyringKey } from './keyring.ts';
import { CLOCK_TOLERANCE_MS, usableKey } from './verify.ts';

/** What one key of a public key, the primary or a subkey, is good for. */
export interface KeyVerdict {
  keyId: KeyID;
  fingerprint: string;
  isPrimary: boolean;
  created: Date;
  curve: string | undefined;
  /** Why agents accept no signature by it; undefined when they do. */
  problem: string | undefined;
}

/** Smaller primes than that of 2,048 bits, whose product can have one bit less. */
const MIN_RSA_BITS = 2047;
const CURVES: readonly string[] = ['nistP256', 'nistP384', 'nistP521', 'ed25519Legacy'];
const WITHOUT_CURVE = new Set([enums.publicKey.ed25519, enums.publicKey.ed448]);
const RSA = new Set([enums.publicKey.rsaEncryptSign, enums.publicKey.rsaSign]);
const WITH_CURVE = new Set([enums.publicKey.ecdsa, enums.publicKey.eddsaLegacy]);

/**
 * Asks of every key what verification asks of the one that signed, so that what is registered can sign. A key made by a
 * clock that is ahead is looked at as from then on, as its signatures are.
 */
export async function judgeKeys(signer: KeyringKey, nowMs: number): Promise<KeyVerdict[]> {
  const verdicts: KeyVerdict[] = [];
  for (const one of signer.key.getKeys()) {
    const { keyPacket } = one;
    verdicts.push({
      keyId: one.getKeyID(),
      fingerprint: one.getFingerprint().toUpperCase(),
      isPrimary: keyPacket === signer.key.keyPacket,
      created: keyPacket.created,
      curve: (keyPacket.getAlgorithmInfo() as { curve?: string }).curve,
      problem: kindProblem(keyPacket) ?? (await useProblem(signer, one, nowMs)),
    });
  }
  return verdicts;
}

/** Throws unless agents accept signatures by the key or by a subkey of it; says of each why not. */
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

/** What no agent checks signatures of, whatever the key says of itself. */
function kindProblem(packet: AnyKeyPacket): string | undefined {
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

async function useProblem(
  signer: KeyringKey,
  one: ReturnType<Key['getKeys']>[number],
  nowMs: number,
): Promise<string | undefined> {
  const createdMs = Math.max(signer.key.keyPacket.created.getTime(), one.keyPacket.created.getTime());
  if (createdMs > nowMs + CLOCK_TOLERANCE_MS) {
    return `was made in the future, at ${new Date(createdMs).toISOString()}`;
  }
  const atMs = Math.max(nowMs, createdMs);
  try {
    await usableKey(signer, { issuer: one.getKeyID(), nowMs: atMs, date: new Date(atMs) });
    return undefined;
  } catch (error) {
    if (!(error instanceof MigError)) throw error;
    return useRefusal(error, signer.fingerprint);
  }
}

/** Says it of the key named before: `has expired` and the like. */
function useRefusal({ code, message, cause }: MigError, fingerprint: string): string {
  if (code !== 'signature_wrong') return message.replace(`key ${fingerprint} `, '');
  const why =
    cause instanceof Error
      ? cause.message.replace(/^Could not find valid signing key packet in key \w+:? ?/, '')
      : '';
  return why === '' ? 'is not for signing' : `may not sign: ${why}`;
}
