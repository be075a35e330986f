import { createHash } from 'node:crypto';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../contract/errors.ts';
import { hasPermission, type Permission } from '../contract/permissions.ts';
import { type Keyring, type KeyringKey, readPublicKey } from '../platform/openpgp/keyring.ts';
import { verifySignature } from '../platform/openpgp/verify.ts';
import type { Pool } from '../platform/postgres/pool.ts';
import { activeInvestigators, type InvestigatorRow } from '../platform/postgres/queries/investigators.ts';
import type { ApiDeps, ApiEnv } from './context.ts';
import { checkTokenTime, parseToken, tokenRefused } from './token.ts';

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

async function verifyToken({ pool, config, now }: ApiDeps, text: string): Promise<InvestigatorRow> {
  const token = parseToken(text);
  checkTokenTime(token, { nowMs: now(), windowMs: config.tokenDurationMs });
  const { keyring, investigators } = await loadKeyring(pool);
  const fingerprint = await verifySignature([`${token.head}\n`], token.signature, {
    keyring,
    nowMs: now(),
  }).catch((error: unknown) => {
    throw error instanceof MigError ? tokenRefused(error.message) : error;
  });
  const investigator = investigators.find(({ pgpfingerprint }) => pgpfingerprint === fingerprint);
  if (!investigator) throw tokenRefused('signer is not an active investigator');
  return investigator;
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
