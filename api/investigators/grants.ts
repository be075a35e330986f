import { MigError } from '../../contract/errors.ts';
import { permissionNames } from '../../contract/permissions.ts';

/** The fields of an investigator that an administrator may change; undefined keeps the present value. */
export interface InvestigatorChange {
  status: string | undefined;
  /** A mask. */
  permissions: number | undefined;
  /** A newer copy of the key. */
  publickey: string | undefined;
  /** `active`: a new API key; `disabled`: none. */
  apikey: 'active' | 'disabled' | undefined;
}

/**
 * Refuses to grant permissions that the caller lacks: otherwise an investigator who may only create others could register
 * a second key of their own as an administrator's. MIG's clients always send the default set, so their users need it.
 */
export function refuseToGrant(granted: number, own: number): void {
  const lacking = permissionNames(granted & ~own);
  if (lacking.length === 0) return;
  throw new MigError('forbidden', `permissions: you cannot grant what you lack: ${lacking.join(', ')}`);
}

/**
 * The permissions that a change grants: those that it adds, and all of an investigator who was disabled, whose key may
 * have expired, or whose new API key the caller will read.
 */
export function grantedBy(old: { status: string; permissions: number }, change: InvestigatorChange): number {
  const permissions = change.permissions ?? old.permissions;
  const isEnabled = change.status === 'active' && old.status !== 'active';
  const isRenewed = change.publickey !== undefined && (change.status ?? old.status) === 'active';
  const isIssued = change.apikey === 'active';
  return isEnabled || isRenewed || isIssued ? permissions : permissions & ~old.permissions;
}
