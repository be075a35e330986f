import { type Acl, entryFor, weightsOf } from './acl.ts';

/** What an ACL asks of the signers of one module. */
export interface ModuleWeight {
  module: string;
  /** Null when nobody may run the module: it has no entry, or one that agents refuse. */
  needed: number | null;
  /** The weight of those who have signed. */
  has: number;
  /** Who could add weight. */
  others: { name: string; fingerprint: string; weight: number }[];
}

/** What the modules of an action need, in the order of the action, and what its signers have. As agents count it in `checkAcl`. */
export function weightsFor(
  acl: Acl,
  { modules, fingerprints }: { modules: readonly string[]; fingerprints: readonly string[] },
): ModuleWeight[] {
  const signers = new Set(fingerprints.map((fingerprint) => fingerprint.toUpperCase()));
  return modules.map((module) => {
    const { entry } = entryFor(acl, module);
    if (entry === undefined || entry.minimumweight < 1) return { module, needed: null, has: 0, others: [] };
    const weights = weightsOf(entry).filter(({ weight }) => weight > 0);
    const has = weights
      .filter(({ fingerprint }) => signers.has(fingerprint))
      .reduce((sum, { weight }) => sum + weight, 0);
    const others = weights.filter(({ fingerprint }) => !signers.has(fingerprint));
    return { module, needed: entry.minimumweight, has, others };
  });
}

/** Whether the ACL lets an action run that has these weights. */
export function isWeightEnough(weights: readonly ModuleWeight[]): boolean {
  return weights.every(({ needed, has }) => needed !== null && has >= needed);
}

/** Whether a further signature of this key would bring an action closer to what it needs. */
export function addsWeight(weights: readonly ModuleWeight[], fingerprint: string): boolean {
  return weights.some(
    ({ needed, has, others }) =>
      needed !== null &&
      has < needed &&
      others.some((other) => other.fingerprint === fingerprint.toUpperCase()),
  );
}
