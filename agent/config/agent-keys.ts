import { type Acl, weightsOf } from '../../contract/rules/acl.ts';
import {
  type Keyring,
  type KeyringKey,
  mergeCopies,
  readPublicKeys,
} from '../../platform/openpgp/keyring.ts';

/**
 * Reads the keys that verify signatures. `problems` names each unusable key, and each investigator who has weight in the ACL
 * but no key, and whose signatures therefore cannot count.
 */
export async function readAgentKeys({
  armoredKeys,
  keySources,
  acl,
}: {
  armoredKeys: readonly string[];
  /** The origin of each key, in words. */
  keySources: readonly string[];
  acl: Acl;
}): Promise<{
  keyring: Keyring;
  problems: string[];
}> {
  const problems: string[] = [];
  const keys: KeyringKey[] = [];
  for (const [index, armored] of armoredKeys.entries()) {
    const { keyring, refused } = await readPublicKeys(armored);
    keys.push(...keyring);
    for (const { message } of refused) problems.push(`${keySources[index] ?? 'a key'}: ${message}`);
  }
  const keyring = await mergeCopies(keys);
  return { keyring, problems: [...problems, ...withoutKeys(acl, keyring)] };
}

function withoutKeys(acl: Acl, keyring: Keyring): string[] {
  const known = new Set(keyring.map(({ fingerprint }) => fingerprint));
  const missing = new Map(
    Object.values(acl)
      .flatMap(weightsOf)
      .filter(({ fingerprint, weight }) => weight > 0 && !known.has(fingerprint))
      .map(({ fingerprint, name }) => [fingerprint, name]),
  );
  return [...missing].map(
    ([fingerprint, name]) => `the ACL names ${name} (${fingerprint}), who has no key here`,
  );
}
