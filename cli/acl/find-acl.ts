import { parseAcl } from '../../contract/acl.ts';
import { getAcl } from '../../contract/api/inbox.ts';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { MAX_ACL_BYTES, type PublishedAclView, parsePublishedAcl } from '../../contract/published-acl.ts';
import type { Acl } from '../../contract/rules/acl.ts';
import { readBoundedText } from '../../platform/files/read-text.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { ApiClient } from '../api/api-client.ts';
import type { Signers } from '../keys/signers.ts';

/** An ACL that weights are counted by, and where it comes from. */
export interface KnownAcl {
  acl: Acl;
  source: string;
}

/** The ACL in a file, as agents have it. */
export function readAclFile(file: string): KnownAcl & { text: string } {
  const text = readBoundedText(file, MAX_ACL_BYTES);
  return { acl: parseAcl(file, text), source: file, text };
}

/** The ACL that the API has, unverified; undefined when none is published, or the API is MIG's own. */
export async function findPublishedAcl(api: Pick<ApiClient, 'call'>): Promise<PublishedAclView | undefined> {
  try {
    return (await api.call(getAcl, {})).acl;
  } catch (error) {
    if (errorCode(error) === 'not_found') return undefined;
    throw error;
  }
}

/** Reads a published ACL. Throws `signature_wrong` unless one of these people has signed it. */
export async function verifyPublishedAcl(
  { document, signature, publishedat }: PublishedAclView,
  { keyring, nameOf, reasonForOthers }: Signers,
): Promise<KnownAcl & { version: number }> {
  let fingerprint: string;
  try {
    fingerprint = await verifySignature([document], signature, { keyring, nowMs: Date.now() });
  } catch (cause) {
    const isStranger = errorCode(cause) === 'signature_unknown_signer';
    const why = `${errorMessage(cause)}${isStranger ? `: ${reasonForOthers}` : ''}`;
    throw new MigError('signature_wrong', `the published ACL does not count: ${why}`, { cause });
  }
  const { version, acl } = parsePublishedAcl(document);
  const source = `version ${version}, signed by ${nameOf(fingerprint)} (${fingerprint}) ${publishedat.slice(0, 10)}`;
  return { acl, version, source };
}
