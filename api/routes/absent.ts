import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';

/** MIG's routes for loaders and manifests (spec/api.md#investigator-endpoints, spec/api.md#loader-endpoints). */
const ABSENT = {
  GET: ['/loader', '/manifest', '/manifest/loaders/'],
  POST: [
    '/loader/new/',
    '/loader/status/',
    '/loader/expect/',
    '/loader/key/',
    '/manifest/new/',
    '/manifest/sign/',
    '/manifest/status/',
    '/manifest/agent/',
    '/manifest/fetch/',
  ],
} as const;

const REFUSAL =
  'this platform has no loaders and manifests: agents are installed from packages (npm run build:agent) and replaced by ' +
  'signed upgrades (mig upgrade)';

/** Refuses the routes of MIG that this API lacks. The status is 404: MIG's clients do not read the body of a 5xx. */
export function absentRoutes(): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>({ strict: true });
  for (const [method, paths] of Object.entries(ABSENT)) {
    app.on(method, [...paths], () => {
      throw new MigError('not_found', REFUSAL);
    });
  }
  return app;
}
