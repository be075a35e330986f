import type { PublishedAclView } from '../../contract/published-acl.ts';
import type { AclRow } from '../../platform/postgres/queries/acls.ts';

/** The record of a published ACL. */
export function toPublishedAcl(row: AclRow): PublishedAclView {
  const { version, document, signature, publishedat, name, fingerprint } = row;
  return { version, document, signature, publishedat, publishedby: { name, fingerprint } };
}
