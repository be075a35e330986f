import { type Context, Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { MAX_HEARTBEAT_BYTES } from '../../contract/limits.ts';
import { LoaderRequest } from '../../contract/loader.ts';
import { parseField } from '../../contract/parse-field.ts';
import { manifestEntries, manifestFile } from '../../platform/postgres/queries/manifests.ts';
import { requireLoader } from '../auth/loader-key.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { loaderOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { readForm, requireField } from '../http/read-request.ts';
import { respond } from '../http/respond.ts';
import { locateManifest } from '../loaders/locate-manifest.ts';

/** Urlencoding triples all bytes that are not letters. */
const MAX_BODY_BYTES = 3 * MAX_HEARTBEAT_BYTES;

/** What loaders ask for, with their own keys (spec/api.md#loader-endpoints). */
export function loaderRequestRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool } = deps;
  const app = new Hono<ApiEnv>({ strict: true });
  const byLoader = requireLoader(deps, MAX_BODY_BYTES);

  app.post('/manifest/agent/', byLoader, async (c) => {
    const { agent } = readLoaderRequest(c);
    const loader = loaderOf(c);
    const { manifest, signatures } = await locateManifest(deps, loader, agent);
    const value = {
      loader_name: loader.loadername,
      entries: await manifestEntries(pool, manifest.id),
      signatures: signatures.map(({ pgpsignature }) => pgpsignature),
    };
    return respond(c, [item(`${BASE_ROUTE}/manifest/agent/`, 'manifest', value)]);
  });

  app.post('/manifest/fetch/', byLoader, async (c) => {
    const { agent, object } = readLoaderRequest(c);
    if (object === '') throw new MigError('parameter_invalid', 'parameters: manifest fetch with no object');
    const { manifest } = await locateManifest(deps, loaderOf(c), agent);
    return deps.admission.manifests.run(async () => {
      const data = await manifestFile(pool, manifest.id, object);
      if (!data) throw new MigError('not_found', 'object: not found in the manifest of this loader');
      const value = { data: data.toString('base64') };
      return respond(c, [item(`${BASE_ROUTE}/manifest/fetch/`, 'content', value)]);
    });
  });
  return app;
}

function readLoaderRequest(c: Context<ApiEnv>): LoaderRequest {
  const text = requireField(readForm(c, MAX_BODY_BYTES), 'parameters');
  const request = parseField('parameters', LoaderRequest, text);
  if (request.agent.name === '') {
    throw new MigError('parameter_invalid', 'parameters: will not update loader entry with no agent name');
  }
  return request;
}
