import { createHash } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../contract/errors.ts';
import { hasPermission, type Permission } from '../contract/permissions.ts';
import { type Keyring, type KeyringKey, readPublicKey } from '../platform/openpgp/keyring.ts';
import { verifySignature } from '../platform/openpgp/verify.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { activeInvestigators, type InvestigatorRow } from '../platform/postgres/queries/investigators.ts';
import type { ApiDeps, ApiEnv } from './context.ts';

/** Lets a request through when its PGP token is good and its investigator has the permission (spec: authentication). */
export function requirePermission(deps: ApiDeps, permission: Permission) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = c.req.header('X-PGPAUTHORIZATION');
    if (token === undefined) throw new MigError('unauthorized', 'Valid authentication header not found');
    const investigator = await verifyToken(deps, token);
    if (!hasPermission(investigator.permissions, permission)) {
      throw new MigError('unauthorized', `Insufficient permissions to access endpoint (needs ${permission})`);
    }
    c.set('investigator', investigator);
    await next();
  });
}

/** `1;<timestamp>;<nonce>;<signature>`, the signature over the first three parts and a newline. */
async function verifyToken({ pool, config, now }: ApiDeps, token: string): Promise<InvestigatorRow> {
  const refuse = (why: string) =>
    new MigError(
      'unauthorized',
      `Authorization verification failed with error 'verifySignedToken() -> ${why}'`,
    );
  const parts = token.split(';');
  const [version, time, nonce, signature] = parts;
  if (parts.length !== 4 || !time || nonce === undefined || !signature || token.length > 8192)
    throw refuse('invalid token format');
  if (version !== '1') throw refuse('invalid token version, must be 1');
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time))
    throw refuse('token timestamp is not RFC 3339 in UTC');
  if (Math.abs(Date.parse(time) - now()) > config.tokenDurationMs) {
    throw refuse('token timestamp is not within acceptable time limits');
  }
  const { keyring, investigators } = await loadKeyring(pool);
  try {
    const fingerprint = await verifySignature([`1;${time};${nonce}\n`], signature, { keyring, nowMs: now() });
    const investigator = investigators.find(({ pgpfingerprint }) => pgpfingerprint === fingerprint);
    if (investigator) return investigator;
    throw refuse('signer is not an active investigator');
  } catch (error) {
    throw error instanceof MigError && error.code !== 'unauthorized' ? refuse(error.message) : error;
  }
}

/** Parsed keys by the digest of their text: parsing is slow, and a key's text never changes its meaning. */
const parsed = new Map<string, Promise<KeyringKey | undefined>>();
const MAX_PARSED = 10_000;

/** The active investigators and their keys, as the database has them now: a disabled key stops working at once. */
export async function loadKeyring(
  pool: Pool,
): Promise<{ keyring: Keyring; investigators: InvestigatorRow[] }> {
  const investigators = await activeInvestigators(pool);
  const keys = await Promise.all(
    investigators.map(({ publickey, pgpfingerprint }) => {
      const armored = publickey?.toString() ?? '';
      const digest = createHash('sha256').update(`${pgpfingerprint}\n${armored}`).digest('base64');
      let key = parsed.get(digest);
      if (!key) {
        if (parsed.size >= MAX_PARSED) parsed.clear();
        key = readPublicKey(armored, pgpfingerprint).catch(() => undefined);
        parsed.set(digest, key);
      }
      return key;
    }),
  );
  return { keyring: keys.filter((key) => key !== undefined), investigators };
}
