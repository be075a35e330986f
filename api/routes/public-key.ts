import * as routes from '../../contract/api/service.ts';
import { readPublicKey } from '../../platform/openpgp/keyring.ts';
import { investigatorByFingerprint } from '../../platform/postgres/queries/investigators.ts';
import type { ApiDeps } from '../context.ts';
import { JSON_HEADERS } from '../http/errors.ts';
import { type Served, serve } from '../router/serve.ts';

/** The key of an investigator, for everybody (spec/api.md#unauthenticated-endpoints). */
export function publicKeyRoutes(deps: ApiDeps): Served[] {
  const { pool, admission } = deps;
  return [
    serve(deps, routes.getPublicKey, async ({ fingerprint }, c) => {
      const row = await admission.publicRequests.run(() => investigatorByFingerprint(pool, fingerprint));
      if (!row?.publickey) {
        const refusal = `Invalid Fingerprint : No PublicKey found for fingerprint '${fingerprint}'`; // MIG's words
        return c.body(refusal, 404, JSON_HEADERS);
      }
      const armored = row.publickey.toString();
      const { key } = await admission.publicRequests.run(() => readPublicKey(armored, row.pgpfingerprint));
      return c.body(key.armor(), 200, JSON_HEADERS);
    }),
  ];
}
