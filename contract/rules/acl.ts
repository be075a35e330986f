import { MigError } from '../errors.ts';

/** Who may run which module: its name, or `default`, to the weight it needs and the weights of investigators. */
export type Acl = Record<string, AclEntry>;

interface AclEntry {
  minimumweight: number;
  investigators: Record<string, { fingerprint: string; weight: number }>;
}

/** What our agents and MIG's write before the reason why they refuse a command. */
export const COMMAND_REFUSED =
  'parseCommands() -> checkActionAuthorization() -> action ACL verification failed: ';
/** How the refusals of an ACL begin, by our agents and MIG's. */
export const ACL_REFUSALS = ['permission denied for operation ', 'no ACL entry found for ', 'invalid ACL '];

/**
 * Refuses an action unless the weights of its signers reach the minimum of every module that it calls. A key that
 * signed twice is an error (concepts.rst#access-control-lists).
 */
export function checkAcl(
  acl: Acl,
  { modules, fingerprints }: { modules: readonly string[]; fingerprints: readonly string[] },
): void {
  if (fingerprints.length === 0) throw new MigError('acl_denied', 'no valid fingerprints found');
  refuseDuplicates(fingerprints);
  for (const module of modules) {
    const { name, entry } = entryFor(acl, module);
    if (!entry) throw new MigError('acl_denied', `no ACL entry found for ${module}, and no default present`);
    if (entry.minimumweight < 1) throw new MigError('acl_invalid', `invalid ACL ${name}, weight must be > 0`);
    const weight = weightOf(entry, fingerprints);
    if (weight < entry.minimumweight) {
      throw new MigError(
        'acl_denied',
        `permission denied for operation ${module}, insufficient signatures weight (need ${entry.minimumweight}, got ${weight})`,
      );
    }
  }
}

function refuseDuplicates(fingerprints: readonly string[]): void {
  const seen = new Set<string>();
  for (const fingerprint of fingerprints) {
    const key = fingerprint.toUpperCase();
    if (seen.has(key)) {
      throw new MigError(
        'signature_duplicate',
        `permission violation: key ${key} used to sign multiple times`,
      );
    }
    seen.add(key);
  }
}

/** The entry that decides on a module: its own, which replaces `default` entirely, or else `default`. */
export function entryFor(acl: Acl, module: string): { name: string; entry: AclEntry | undefined } {
  const name = Object.hasOwn(acl, module) ? module : 'default';
  return { name, entry: Object.hasOwn(acl, name) ? acl[name] : undefined };
}

/** Each key once, with its highest weight: two labels for one key must not turn one signer into two (MIG adds both). */
export function weightsOf(entry: AclEntry): { name: string; fingerprint: string; weight: number }[] {
  const best = new Map<string, { name: string; fingerprint: string; weight: number }>();
  for (const [name, { fingerprint, weight }] of Object.entries(entry.investigators)) {
    const key = fingerprint.toUpperCase();
    if ((best.get(key)?.weight ?? -1) < weight) best.set(key, { name, fingerprint: key, weight });
  }
  return [...best.values()];
}

function weightOf(entry: AclEntry, fingerprints: readonly string[]): number {
  const signers = new Set(fingerprints.map((fingerprint) => fingerprint.toUpperCase()));
  return weightsOf(entry).reduce(
    (sum, { fingerprint, weight }) => sum + (signers.has(fingerprint) ? weight : 0),
    0,
  );
}
