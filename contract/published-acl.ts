import { z } from 'zod';
import { AclFile } from './acl.ts';
import { MigError } from './errors.ts';
import { id } from './fields.ts';
import { parseStorableJson, parseStrictJson } from './go/strict-json.ts';
import { MAX_SIGNATURE_LENGTH } from './limits.ts';
import { readAs } from './read-as.ts';
import type { Acl } from './rules/acl.ts';

export const MAX_ACL_BYTES = 256 * 1024;
const MAX_VERSION = 1_000_000_000;
/** Says what the text is: no signature over another document is one over an ACL. */
const KIND = 'published acl';

/**
 * The ACL of the agents as an administrator publishes it to the platform, signed. It tells people which weight an action
 * lacks; agents know only their own.
 */
const Document = z.strictObject({
  mig: z.literal(KIND),
  version: z.number().int().min(1).max(MAX_VERSION),
  acl: AclFile,
});

/** What an administrator signs. */
export interface PublishedAcl {
  version: number;
  acl: Acl;
}

/** The text to sign for an ACL file, which was parsed before. */
export function publishedAclText({ version, aclFile }: { version: number; aclFile: string }): string {
  return JSON.stringify({ mig: KIND, version, acl: parseStrictJson(aclFile) });
}

/** Reads a published ACL; throws MigError with the field. */
export function parsePublishedAcl(text: string): PublishedAcl {
  if (Buffer.byteLength(text) > MAX_ACL_BYTES) {
    throw new MigError('body_too_large', `the ACL is over ${MAX_ACL_BYTES} bytes`);
  }
  const parsed = readAs(Document, parseStorableJson(text));
  if (parsed.success) return parsed.data;
  throw new MigError('parameter_invalid', `acl: ${parsed.problem}`, { cause: parsed.error });
}

/** A published ACL as the API sends it. */
export const PublishedAclView = z.object({
  version: id,
  /** The signed text, byte for byte. */
  document: z.string().max(MAX_ACL_BYTES),
  /** An armored detached signature. */
  signature: z.string().max(MAX_SIGNATURE_LENGTH),
  publishedat: z.string().max(40),
  publishedby: z.object({ name: z.string(), fingerprint: z.string().max(64) }),
});
export type PublishedAclView = z.infer<typeof PublishedAclView>;
