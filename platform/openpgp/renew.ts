import { MigError } from '../../contract/errors.ts';
import { requireSigningKey } from './can-sign.ts';
import { mergeCopies, readPublicKey } from './keyring.ts';

/** Anyone can add signatures to any key, so a key could grow without limit. */
const MAX_KEY_BYTES = 256 * 1024;

/**
 * Merges a newer copy of a key, with another expiry, user id or subkey, into the stored one. What was revoked stays
 * revoked, and an older copy reverts nothing. Throws when agents would accept no signature by the result.
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
