import { MigError } from '../../contract/errors.ts';
import { type PublishedAcl, parsePublishedAcl } from '../../contract/published-acl.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import { type AclRow, insertAcl, newestAcl } from '../../platform/postgres/queries/acls.ts';
import type { CallerRow } from '../../platform/postgres/queries/investigators.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import { verifyOwnSignature } from '../auth/own-signature.ts';
import type { ApiDeps } from '../context.ts';

/** The newest published ACL; undefined when nobody has published one. */
export async function loadPublishedAcl(db: Queryable): Promise<PublishedAcl | undefined> {
  const row = await newestAcl(db);
  return row === undefined ? undefined : parsePublishedAcl(row.document);
}

export async function requireNewestAcl(db: Queryable): Promise<AclRow> {
  const row = await newestAcl(db);
  if (row === undefined)
    throw new MigError('not_found', 'no ACL is published: mig acl publish <file> does it');
  return row;
}

interface Publication {
  document: string;
  signature: string;
  administrator: CallerRow;
  caller: AuditCaller;
}

/** Stores the next version of the ACL, signed by the administrator who sends it. */
export async function publishAcl(
  deps: ApiDeps,
  { document, signature, administrator, caller }: Publication,
): Promise<void> {
  const { version, acl } = parsePublishedAcl(document);
  const { keyring } = await deps.loadKeyring();
  const fingerprint = administrator.pgpfingerprint;
  await verifyOwnSignature(
    { parameter: 'signature', texts: [document], signature, fingerprint },
    { keyring, nowMs: deps.now() },
  );
  await auditedChange(deps, async (db) => {
    const isNext = await insertAcl(db, { version, document, signature, publishedby: administrator.id });
    if (!isNext) {
      throw new MigError('conflict', `version: ${version} is not the next one: publish the ACL again`);
    }
    const detail = { version, modules: Object.keys(acl) };
    return { result: undefined, entry: { ...caller, kind: 'acl_published', outcome: 'done', detail } };
  });
}
