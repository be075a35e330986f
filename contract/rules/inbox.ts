import { type Acl, checkAcl } from './acl.ts';

/** How many must sign an action when nobody says what agents ask for. */
const SIGNERS_WITHOUT_ACL = 2;

interface Signed {
  modules: readonly string[];
  /** Of those whose signatures count. */
  fingerprints: readonly string[];
  /** How many signers the submitter asks for; undefined: as many as the ACL needs. */
  signersWanted: number | undefined;
}

/** How many signers an action of the inbox needs, whatever they weigh. */
export function signersNeeded(acl: Acl | undefined, signersWanted: number | undefined): number {
  return signersWanted ?? (acl === undefined ? SIGNERS_WITHOUT_ACL : 1);
}

/**
 * Whether an action of the inbox is launched: it has the signers that its submitter asks for, and with a published ACL the
 * weight that agents ask for. Agents decide by their own ACL.
 */
export function mayLaunch(acl: Acl | undefined, { modules, fingerprints, signersWanted }: Signed): boolean {
  if (fingerprints.length < signersNeeded(acl, signersWanted)) return false;
  return acl === undefined || isAllowed(acl, { modules, fingerprints });
}

function isAllowed(acl: Acl, signed: Pick<Signed, 'modules' | 'fingerprints'>): boolean {
  try {
    checkAcl(acl, signed);
    return true;
  } catch {
    return false;
  }
}
