import { MigError } from '../../contract/errors.ts';
import { permissionNames } from '../../contract/permissions.ts';
import { renewPublicKey } from '../../platform/openpgp/renew.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import {
  type InvestigatorRow,
  renewStoredKey,
  updateInvestigator as updateRow,
} from '../../platform/postgres/queries/investigators.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { changeApiKey } from '../auth/api-key.ts';
import type { ApiDeps } from '../context.ts';
import { grantedBy, type InvestigatorChange, refuseToGrant } from './grants.ts';

interface Update {
  id: number;
  change: InvestigatorChange;
  caller: AuditCaller;
  /** The caller's own permissions, as a mask. */
  callerPermissions: number;
}

type OldRow = Pick<InvestigatorRow, 'name' | 'pgpfingerprint' | 'publickey' | 'status' | 'permissions'>;

/** The secrets and keys that a change made. */
interface Updated {
  /** The renewed public key, if one was sent. */
  publickey: string | undefined;
  /** A new API key, which is shown only now. */
  apikey: string | undefined;
}

/** Changes an investigator. */
export async function updateInvestigator(
  deps: ApiDeps,
  { id, change, caller, callerPermissions }: Update,
): Promise<Updated> {
  return auditedChange(deps, async (db) => {
    const old = await updateRow(db, id, change);
    if (!old) throw new MigError('not_found', `Investigator ID '${id}' not found`);
    refuseToGrant(grantedBy(old, change), callerPermissions);
    const { publickey: sent } = change;
    const renewed = sent === undefined ? undefined : await renewKey(db, { id, old, sent, nowMs: deps.now() });
    const apikey = change.apikey === undefined ? undefined : await changeApiKey(db, id, change.apikey);
    const detail = describeChange(old, change);
    return {
      entry: { ...caller, kind: 'investigator_changed', outcome: 'done', objectId: id, detail },
      result: { publickey: renewed, apikey },
    };
  });
}

async function renewKey(
  db: Queryable,
  { id, old, sent, nowMs }: { id: number; old: OldRow; sent: string; nowMs: number },
): Promise<string> {
  const { publickey: stored, pgpfingerprint: fingerprint } = old;
  if (!stored || !fingerprint) {
    throw new MigError('conflict', 'publickey: this investigator has no key: create one who has');
  }
  const renewed = await renewPublicKey(stored.toString(), sent, { fingerprint, nowMs });
  if (await renewStoredKey(db, id, { stored, renewed })) return renewed;
  throw new MigError('conflict', 'publickey: another change of it came first; try again');
}

/** Returns old and new value of each changed field; undefined fields are not stored. */
function describeChange(old: OldRow, { status, permissions, publickey, apikey }: InvestigatorChange) {
  return {
    name: old.name,
    fingerprint: old.pgpfingerprint,
    status: status === undefined ? undefined : { from: old.status, to: status },
    permissions: permissions === undefined ? undefined : comparePermissions(old.permissions, permissions),
    publickey: publickey === undefined ? undefined : 'renewed',
    apikey: apikey && { active: 'issued', disabled: 'removed' }[apikey],
  };
}

function comparePermissions(before: number, after: number) {
  return { added: permissionNames(after & ~before), removed: permissionNames(before & ~after) };
}
