import { MigError } from '../../contract/errors.ts';
import { permissionNames } from '../../contract/permissions.ts';
import { requireSigningKey } from '../../platform/openpgp/can-sign.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { createInvestigator as insertInvestigator } from '../../platform/postgres/queries/investigators.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { ApiDeps } from '../context.ts';

interface NewInvestigator {
  name: string;
  /** Armored; null for an investigator who never signs. */
  publickey: string | null;
  /** A mask. */
  permissions: number;
}

/** Registers an investigator; throws `conflict` when the key is registered already. */
export async function createInvestigator(
  deps: ApiDeps,
  caller: AuditCaller,
  { name, publickey, permissions }: NewInvestigator,
): Promise<{ id: number; fingerprint: string | null }> {
  const fingerprint = publickey === null ? null : await checkNewKey(publickey, deps.now());
  return auditedChange(deps, async (db) => {
    const id = await insertInvestigator(db, { name, fingerprint, publickey, permissions });
    if (id === undefined) throw keyExists(fingerprint);
    const detail = { name, fingerprint, permissions: permissionNames(permissions) };
    return {
      entry: { ...caller, kind: 'investigator_created', outcome: 'done', objectId: id, detail },
      result: { id, fingerprint },
    };
  });
}

/** Refuses a key that cannot sign; returns its fingerprint. */
export async function checkNewKey(publickey: string, nowMs: number): Promise<string> {
  const key = await readPublicKey(publickey);
  await requireSigningKey(key, nowMs);
  return key.fingerprint;
}

function keyExists(fingerprint: string | null): MigError {
  return new MigError(
    'conflict',
    `publickey: an investigator with key ${fingerprint} exists already; POST /investigator/update/ renews a key`,
  );
}
