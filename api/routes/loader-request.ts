import * as routes from '../../contract/api/manifests.ts';
import { MigError } from '../../contract/errors.ts';
import type { LoaderRequest } from '../../contract/loader.ts';
import { manifestEntries, manifestFile } from '../../platform/postgres/queries/manifests.ts';
import { BASE_ROUTE } from '../config.ts';
import type { ApiDeps } from '../context.ts';
import { loaderOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { respond } from '../http/respond.ts';
import { locateManifest } from '../loaders/locate-manifest.ts';
import { type Served, serve } from '../router/serve.ts';

/** What loaders ask for, with their own keys (spec/api.md#loader-endpoints). */
export function loaderRequestRoutes(deps: ApiDeps): Served[] {
  const { pool } = deps;
  return [
    serve(deps, routes.locateManifest, async ({ parameters: { agent } }, c) => {
      requireName(agent);
      const loader = loaderOf(c);
      const { manifest, signatures } = await locateManifest(deps, loader, agent);
      const value = {
        loader_name: loader.loadername,
        entries: await manifestEntries(pool, manifest.id),
        signatures: signatures.map(({ pgpsignature }) => pgpsignature),
      };
      return respond(c, [item(`${BASE_ROUTE}/manifest/agent/`, 'manifest', value)]);
    }),

    serve(deps, routes.fetchManifestFile, async ({ parameters: { agent, object } }, c) => {
      requireName(agent);
      if (object === '') throw new MigError('parameter_invalid', 'parameters: manifest fetch with no object');
      const { manifest } = await locateManifest(deps, loaderOf(c), agent);
      return deps.admission.manifests.run(async () => {
        const data = await manifestFile(pool, manifest.id, object);
        if (!data) throw new MigError('not_found', 'object: not found in the manifest of this loader');
        const value = { data: data.toString('base64') };
        return respond(c, [item(`${BASE_ROUTE}/manifest/fetch/`, 'content', value)]);
      });
    }),
  ];
}

function requireName({ name }: LoaderRequest['agent']): void {
  if (name !== '') return;
  throw new MigError('parameter_invalid', 'parameters: will not update loader entry with no agent name');
}
