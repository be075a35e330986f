import { isIP } from 'node:net';
import { getConnInfo } from '@hono/node-server/conninfo';
import { type Context, Hono } from 'hono';
import { errorCode, errorMessage, MigError } from '../../contract/errors.ts';
import { parseHttpHeartbeat } from '../../contract/heartbeat.ts';
import { MAX_HEARTBEAT_BYTES } from '../../contract/names.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { investigatorByFingerprint } from '../../platform/postgres/queries/investigators.ts';
import { insertNewcomer, refreshAgent } from '../../platform/postgres/queries/newcomers.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../envelope.ts';
import { JSON_HEADERS } from '../errors.ts';
import { respond } from '../respond.ts';
import { readBody } from '../validate.ts';

const HEARTBEAT_MAX_AGE_MS = 5 * 60_000;
/** Unauthenticated writes: what one address may send, as a bucket that refills. */
const HEARTBEATS_PER_MINUTE = 600;
/** Registered by HTTP and not yet looked for: at 100 kB each, at most 200 MB. */
const MAX_NEWCOMERS = 2_000;

/** What needs no token (spec: unauthenticated endpoints). */
export function publicRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, now, config } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const limiter = createLimiter(HEARTBEATS_PER_MINUTE, now);

  app.get('/heartbeat', (c) => respond(c, [item(`${BASE_ROUTE}/heartbeat`, 'heartbeat', 'gatorz say hi')]));
  app.get('/ip', (c) => c.body(clientIp(deps, c), 200, JSON_HEADERS));

  app.post('/heartbeat', async (c) => {
    const answer = (error: string | null, status: 200 | 400 | 403 | 413 | 429 | 503) =>
      c.body(`${JSON.stringify({ error })}\n`, status, { 'Content-Type': 'application/json' });
    if (!config.httpHeartbeats) return answer('heartbeats by HTTP are not accepted here', 403);
    if (!limiter(clientIp(deps, c))) {
      c.header('Retry-After', '60');
      return answer('too many heartbeats from this address', 429);
    }
    try {
      const body = await readBody(c, MAX_HEARTBEAT_BYTES);
      const heartbeat = parseHttpHeartbeat(body, now(), HEARTBEAT_MAX_AGE_MS);
      if (await refreshAgent(pool, heartbeat)) return answer(null, 200);
      const { queueloc, pid } = heartbeat;
      if (await insertNewcomer(pool, { queueloc, pid, body: body.toString(), max: MAX_NEWCOMERS }))
        return answer(null, 200);
      c.header('Retry-After', '60');
      return answer('too many agents register at this time', 503);
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
      return answer(errorMessage(error), errorCode(error) === 'body_too_large' ? 413 : 400);
    }
  });

  app.get('/publickey/:fingerprint', async (c) => {
    const fingerprint = c.req.param('fingerprint');
    const row = await investigatorByFingerprint(pool, fingerprint.slice(0, 128));
    if (!row?.publickey) {
      return c.body(
        `Invalid Fingerprint : No PublicKey found for fingerprint '${fingerprint.slice(0, 128)}'`,
        404,
        JSON_HEADERS,
      );
    }
    const { key } = await readPublicKey(row.publickey.toString(), row.pgpfingerprint);
    return c.body(key.armor(), 200, JSON_HEADERS);
  });
  return app;
}

/** The caller's address: of the socket, or the n-th of X-Forwarded-For counted from its end. */
function clientIp({ config }: ApiDeps, c: Context): string {
  const match = /^x-forwarded-for:(\d+)$/.exec(config.clientIp);
  if (!match) return peerAddress(c);
  const hops = (c.req.header('X-Forwarded-For') ?? '').split(',').map((hop) => hop.trim());
  const address = hops[Math.max(0, hops.length - 1 - Number(match[1]))] ?? '';
  return isIP(address) ? address : '0.0.0.0';
}

function peerAddress(c: Context): string {
  try {
    return getConnInfo(c).remote.address?.replace(/^::ffff:/, '') ?? '0.0.0.0';
  } catch {
    return '0.0.0.0'; // a request without a socket, as in tests
  }
}

function createLimiter(perMinute: number, now: () => number): (address: string) => boolean {
  let windowStart = 0;
  const counts = new Map<string, number>();
  return (address) => {
    if (now() - windowStart > 60_000) {
      windowStart = now();
      counts.clear();
    }
    const count = (counts.get(address) ?? 0) + 1;
    counts.set(address, count);
    return count <= perMinute;
  };
}
