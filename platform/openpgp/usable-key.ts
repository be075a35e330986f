import type { Key, KeyID } from 'openpgp';
import { MigError } from '../../contract/errors.ts';
import type { KeyringKey } from './keyring.ts';

/** Clocks of endpoints are wrong by hours. The action's signed window decides, not the second of signing. */
export const CLOCK_TOLERANCE_MS = 24 * 3600 * 1000;

type SigningKey = Awaited<ReturnType<Key['getSigningKey']>>;

/** A key that passed the checks, and the time for which that holds. */
interface CheckedKey {
  signingKey: SigningKey;
  fromMs: number;
  untilMs: number;
}

/**
 * Checked keys by key id. Checking a key's own signatures costs more than verifying a signature by it, so that is
 * repeated only every minute, and in the second in which the key expires. A WeakMap is no state of the module: an entry
 * belongs to its key, and disappears with it.
 */
const checkedKeys = new WeakMap<Key, Map<string, CheckedKey>>();
const CHECKED_FOR_MS = 60_000;

/** Returns the primary key or subkey with this id; throws when it is revoked, expired or must not sign. */
export async function requireUsableKey(
  signer: KeyringKey,
  { keyId, nowMs, date }: { keyId: KeyID; nowMs: number; date: Date },
): Promise<SigningKey> {
  const checked = checkedKeysOf(signer.key);
  const known = checked.get(keyId.toHex());
  if (known && known.fromMs <= nowMs && nowMs < known.untilMs) return known.signingKey;
  await refuseRevoked(signer, nowMs);
  const expiresMs = await refuseExpired(signer, nowMs);
  const signingKey = await requireSigningKey(signer, { keyId, date });
  checked.set(keyId.toHex(), {
    signingKey,
    fromMs: nowMs,
    untilMs: Math.min(expiresMs, nowMs + CHECKED_FOR_MS),
  });
  return signingKey;
}

function checkedKeysOf(key: Key): Map<string, CheckedKey> {
  const known = checkedKeys.get(key);
  if (known) return known;
  const checked = new Map<string, CheckedKey>();
  checkedKeys.set(key, checked);
  return checked;
}

async function refuseRevoked({ key, fingerprint }: KeyringKey, nowMs: number): Promise<void> {
  if (await key.isRevoked(undefined, undefined, new Date(nowMs))) {
    throw new MigError('key_revoked', `key ${fingerprint} is revoked`);
  }
}

/** Returns the expiry time, in milliseconds since 1970; `Infinity` for a key that never expires. */
async function refuseExpired({ key, fingerprint }: KeyringKey, nowMs: number): Promise<number> {
  const expires = await key.getExpirationTime();
  if (expires === null) throw new MigError('key_malformed', `key ${fingerprint} has no valid self-signature`);
  const expiresMs = typeof expires === 'number' ? expires : expires.getTime();
  if (expiresMs <= nowMs) {
    throw new MigError('key_expired', `key ${fingerprint} expired at ${new Date(expiresMs).toISOString()}`);
  }
  return expiresMs;
}

async function requireSigningKey(
  { key, fingerprint }: KeyringKey,
  { keyId, date }: { keyId: KeyID; date: Date },
): Promise<SigningKey> {
  try {
    return await key.getSigningKey(keyId, date);
  } catch (cause) {
    throw new MigError('signature_wrong', `openpgp: key ${fingerprint} may not sign`, { cause });
  }
}
