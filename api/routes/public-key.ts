import { Hono } from 'hono';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { investigatorByFingerprint } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { JSON_HEADERS } from '../http/errors.ts';

const MAX_FINGERPRINT = 128;

/** GET /publickey, for everybody: the key of an investigator (spec/api.md#unauthenticated-endpoints). */
export function publicKeyRoutes({ pool, admission }: ApiDeps): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  app.get('/publickey/:fingerprint', async (c) => {
    const fingerprint = c.req.param('fingerprint').slice(0, MAX_FINGERPRINT);
    const row = await admission.publicRequests.run(() => investigatorByFingerprint(pool, fingerprint));
    if (!row?.publickey) {
      const refusal = `Invalid Fingerprint : No PublicKey found for fingerprint '${fingerprint}'`; // MIG's words
      return c.body(refusal, 404, JSON_HEADERS);
    }
    const armored = row.publickey.toString();
    const { key } = await admission.publicRequests.run(() => readPublicKey(armored, row.pgpfingerprint));
    return c.body(key.armor(), 200, JSON_HEADERS);
  });
  return app;
}
