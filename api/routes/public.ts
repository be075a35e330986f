import { Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, errorMessage, MigError } from '../../contract/errors.ts';
import type { Heartbeat } from '../../contract/heartbeat.ts';
import { parseHttpHeartbeat } from '../../contract/http-heartbeat.ts';
import { MAX_HEARTBEAT_BYTES } from '../../contract/limits.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { refreshAgent } from '../../platform/postgres/queries/heartbeats.ts';
import { investigatorByFingerprint } from '../../platform/postgres/queries/investigators.ts';
import { insertNewcomer } from '../../platform/postgres/queries/newcomers.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { item } from '../http/envelope.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { readBody } from '../http/read-request.ts';
import { receiveBody } from '../http/receive-body.ts';
import { respond } from '../http/respond.ts';
import { clientAddress, networkOf } from '../limits/client-address.ts';
import { createMinuteCounts } from '../limits/minute-counts.ts';

const HEARTBEAT_MAX_AGE_MS = 5 * 60_000;
/** Unauthenticated writes: what one network may send in a minute. */
const HEARTBEATS_PER_MINUTE = 600;
/** Registered by HTTP and not yet looked for: at 100 kB each, at most 200 MB. */
const MAX_NEWCOMERS = 2_000;
/** Every other refusal is 400. */
const HEARTBEAT_STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  body_too_large: 413,
  request_timeout: 408,
  overloaded: 503,
};

/** What needs no token (spec/api.md#unauthenticated-endpoints). */
export function publicRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, now, config, admission } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const heartbeats = createMinuteCounts(now);

  const register = async (heartbeat: Heartbeat, body: Buffer): Promise<boolean> => {
    const { queueloc, pid } = heartbeat;
    if (await refreshAgent(pool, heartbeat)) return true;
    return insertNewcomer(pool, { queueloc, pid, body: body.toString(), max: MAX_NEWCOMERS });
  };

  app.get('/heartbeat', (c) => respond(c, [item(`${BASE_ROUTE}/heartbeat`, 'heartbeat', 'gatorz say hi')]));
  app.get('/ip', (c) => c.body(clientAddress(config, c), 200, JSON_HEADERS));

  app.post('/heartbeat', async (c) => {
    const answer = (error: string | null, status: ContentfulStatusCode) =>
      c.body(`${JSON.stringify({ error })}\n`, status, { 'Content-Type': 'application/json' });
    if (!config.httpHeartbeats) return answer('heartbeats by HTTP are not accepted here', 403);
    if (heartbeats.increment(networkOf(clientAddress(config, c))) > HEARTBEATS_PER_MINUTE) {
      c.header('Retry-After', '60');
      return answer('too many heartbeats from this address', 429);
    }
    try {
      await receiveBody(c, {
        maxBytes: MAX_HEARTBEAT_BYTES,
        timeoutMs: config.requestTimeoutMs,
        budget: admission.publicBodies,
      });
      const body = readBody(c, MAX_HEARTBEAT_BYTES);
      const heartbeat = parseHttpHeartbeat(body, { nowMs: now(), maxAgeMs: HEARTBEAT_MAX_AGE_MS });
      if (await admission.publicRequests.run(() => register(heartbeat, body))) return answer(null, 200);
      c.header('Retry-After', '60');
      return answer('too many agents register at this time', 503);
    } catch (error) {
      if (!(error instanceof MigError)) throw error;
      return answer(errorMessage(error), HEARTBEAT_STATUS[error.code] ?? 400);
    }
  });

  app.get('/publickey/:fingerprint', async (c) => {
    const fingerprint = c.req.param('fingerprint');
    const row = await admission.publicRequests.run(() =>
      investigatorByFingerprint(pool, fingerprint.slice(0, 128)),
    );
    if (!row?.publickey) {
      return c.body(
        `Invalid Fingerprint : No PublicKey found for fingerprint '${fingerprint.slice(0, 128)}'`,
        404,
        JSON_HEADERS,
      );
    }
    const armored = row.publickey.toString();
    const { key } = await admission.publicRequests.run(() => readPublicKey(armored, row.pgpfingerprint));
    return c.body(key.armor(), 200, JSON_HEADERS);
  });
  return app;
}
