import { createHash } from 'node:crypto';
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { MigError } from '../../contract/errors.ts';
import { hasPermission, type Permission } from '../../contract/permissions.ts';
import { type Keyring, type KeyringKey, readPublicKey } from '../../platform/openpgp/keyring.ts';
import { verifySignature } from '../../platform/openpgp/verify.ts';
import type { Pool } from '../../platform/postgres/pool.ts';
import { activeInvestigators, type InvestigatorRow } from '../../platform/postgres/queries/investigators.ts';
import { bindToken } from '../../platform/postgres/queries/sessions.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { MAX_BODY_BYTES, receiveBody } from '../http/receive-body.ts';
import { clientAddress } from '../limits/client-address.ts';
import { investigatorOfBearer, readBearer } from './session.ts';
import { checkTokenTime, parseToken, type Token, tokenRefused } from './token.ts';

/** Clocks of API and database may differ. */
const BOUND_LONGER_MS = 60_000;

/**
 * Lets a request through when its caller is an investigator with the permission (spec/api.md#authentication). Who is
 * calling is found out first; then its body is received and the token bound to it, so that a missing permission is that
 * of the investigator himself. Only what is complete takes a place among the requests in hand.
 */
export function requirePermission(deps: ApiDeps, permission: Permission) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const { investigator, token } = await authenticate(deps, c);
    c.set('investigator', investigator);
    await receive(deps, c);
    if (token) await bind(deps, c, token);
    c.set('isProven', true);
    if (!hasPermission(investigator.permissions, permission)) {
      c.set('audit', { kind: 'permission' });
      throw new MigError('unauthorized', `Insufficient permissions to access endpoint (needs ${permission})`);
    }
    await deps.admission.requests.run(next);
  });
}

/** Lets a request through when it carries a token of an investigator: a session cannot stand for one. */
export function requireToken(deps: ApiDeps) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    const token = await verifyHeader(deps, c);
    c.set('investigator', token.investigator);
    await receive(deps, c);
    await bind(deps, c, token);
    c.set('isProven', true);
    await deps.admission.requests.run(next);
  });
}

interface VerifiedToken extends Token {
  investigator: InvestigatorRow;
}

/** As in MIG, a token comes before any other way to authenticate. */
async function authenticate(
  deps: ApiDeps,
  c: Context<ApiEnv>,
): Promise<{ investigator: InvestigatorRow; token: VerifiedToken | undefined }> {
  const bearer = readBearer(c);
  if (c.req.header('X-PGPAUTHORIZATION') === undefined && bearer !== undefined) {
    return { investigator: await investigatorOfBearer(deps, bearer), token: undefined };
  }
  const token = await verifyHeader(deps, c);
  return { investigator: token.investigator, token };
}

async function verifyHeader(deps: ApiDeps, c: Context<ApiEnv>): Promise<VerifiedToken> {
  const header = c.req.header('X-PGPAUTHORIZATION');
  if (header === undefined) throw new MigError('unauthorized', 'Valid authentication header not found');
  const token = parseToken(header);
  checkTokenTime(token, { nowMs: deps.now(), windowMs: deps.config.tokenDurationMs });
  const address = clientAddress(deps.config, c);
  const investigator = await deps.admission.checkToken(address, () => verifyToken(deps, token));
  return { ...token, investigator };
}

async function verifyToken({ pool, now }: ApiDeps, token: Token): Promise<InvestigatorRow> {
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

async function receive({ config, admission }: ApiDeps, c: Context<ApiEnv>): Promise<void> {
  if (c.req.method === 'GET' || c.req.method === 'HEAD') return;
  await receiveBody(c, {
    maxBytes: MAX_BODY_BYTES,
    timeoutMs: config.requestTimeoutMs,
    room: admission.bodies,
  });
}

/**
 * Binds a token to its first request, when so configured. What was signed names the token, not the header: a signature
 * can be written in several ways.
 */
async function bind({ pool, config }: ApiDeps, c: Context<ApiEnv>, token: VerifiedToken): Promise<void> {
  if (config.tokenBinding === 'none') return;
  const { pathname, search } = new URL(c.req.url);
  const body = sha256(c.get('body') ?? '').toString('hex');
  const isFirst = await bindToken(pool, {
    token: sha256(`${token.investigator.pgpfingerprint}\n${token.head}`),
    request: sha256(`${c.req.method}\n${pathname}${search}\n${body}`),
    expiresMs: token.timeMs + config.tokenDurationMs + BOUND_LONGER_MS,
  });
  if (!isFirst) throw tokenRefused('token was used for another request');
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

function sha256(data: string | Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}
