import { MigError } from '../../contract/errors.ts';
import { requireSigningKey } from './can-sign.ts';
import { mergeCopies, readPublicKey } from './keyring.ts';

/** Whoever signs others' keys could make one grow without an end. */
const MAX_KEY_BYTES = 256 * 1024;

/**
 * The stored key with what its owner signed since: another expiry, user id or subkey. What was revoked stays so, and an
 * older copy takes nothing back. Throws when no signature by the result would count.
 */
export async function renewPublicKey(
  stored: string,
  sent: string,
  { fingerprint, nowMs }: { fingerprint: string; nowMs: number },
): Promise<string> {
  const newer = await readPublicKey(sent, fingerprint);
  const before = await readPublicKey(stored, fingerprint).catch(() => undefined);
  const [merged = newer] = await mergeCopies(before ? [before, newer] : [newer]);
  await requireSigningKey(merged, nowMs);
  const armored = merged.key.armor();
  if (armored.length <= MAX_KEY_BYTES) return armored;
  throw new MigError(
    'key_malformed',
    `the key would have ${armored.length} bytes, over ${MAX_KEY_BYTES}: export it without others' signatures`,
  );
}
