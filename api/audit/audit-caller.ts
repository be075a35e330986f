import type { Context } from 'hono';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { clientAddress } from '../limits/client-address.ts';

/** The fields of an audit entry that identify the caller of a request. */
export interface AuditCaller {
  isProven: true;
  investigatorId: number;
  /** Undefined for an investigator without a public key, whom an API key identified. */
  fingerprint: string | undefined;
  actor: string;
  address: string;
  requestId: string;
}

export function auditCaller({ config }: Pick<ApiDeps, 'config'>, c: Context<ApiEnv>): AuditCaller {
  const { id, name, pgpfingerprint } = investigatorOf(c);
  return {
    isProven: true,
    investigatorId: id,
    fingerprint: pgpfingerprint ?? undefined,
    actor: name,
    address: clientAddress(config, c),
    requestId: c.get('requestId'),
  };
}
