import * as routes from '../../contract/api/manifests.ts';
import { MigError } from '../../contract/errors.ts';
import { enabledLoaders } from '../../platform/postgres/queries/loaders.ts';
import {
  type ManifestRow,
  manifestById,
  manifestContent,
  manifestSignatures,
} from '../../platform/postgres/queries/manifests.ts';
import { loaderIdsOf } from '../../platform/postgres/queries/targets.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import type { ApiDeps } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { recordHref, respond } from '../http/respond.ts';
import { changeManifestStatus, createManifest, signManifest } from '../loaders/change-manifest.ts';
import { toListedLoader } from '../records/to-loader.ts';
import { toManifest } from '../records/to-manifest.ts';
import { type Served, serve } from '../router/serve.ts';

/** Manifests of what loaders install, for investigators (spec/api.md#loader-endpoints). */
export function manifestRoutes(deps: ApiDeps): Served[] {
  const { pool, admission } = deps;
  return [
    serve(deps, routes.getManifest, async ({ manifestid }, c) => {
      const manifest = await requireManifest(deps, manifestid);
      const href = recordHref(deps, 'manifest', manifest.id);
      return admission.manifests.run(async () => {
        const content = await manifestContent(pool, manifest.id);
        const rows = await manifestSignatures(pool, manifest.id);
        const signatures = rows.map(({ pgpsignature }) => pgpsignature);
        return respond(c, [item(href, 'manifest', toManifest(manifest, { content, signatures }))]);
      });
    }),

    serve(deps, routes.listManifestLoaders, async ({ manifestid }, c) => {
      const { id, status, target } = await requireManifest(deps, manifestid);
      if (status === 'disabled') throw new MigError('not_found', `No matching loaders for manifest '${id}'`);
      const loaders = await enabledLoaders(pool, await loaderIdsOf(deps.targets, target));
      return respond(
        c,
        loaders.map((loader) =>
          item(recordHref(deps, 'loader', loader.id), 'loader', toListedLoader(loader)),
        ),
      );
    }),

    serve(
      deps,
      routes.createManifest,
      async ({ manifest }, c) => {
        await createManifest(deps, auditCaller(deps, c), manifest);
        return respond(c, [], 201);
      },
      { limit: admission.manifests },
    ),

    serve(deps, routes.signManifest, async ({ manifestid: id, signature }, c) => {
      c.set('audit', { kind: 'manifest_signed', objectId: id });
      await signManifest(deps, { id, signature, signer: investigatorOf(c), caller: auditCaller(deps, c) });
      return respond(c, []);
    }),

    serve(deps, routes.setManifestStatus, async ({ manifestid: id, status }, c) => {
      c.set('audit', { kind: 'manifest_status', objectId: id });
      await changeManifestStatus(deps, auditCaller(deps, c), { id, status });
      return respond(c, []);
    }),
  ];
}

async function requireManifest({ pool }: ApiDeps, id: number): Promise<ManifestRow> {
  const manifest = await manifestById(pool, id);
  if (manifest) return manifest;
  throw new MigError('not_found', `Manifest ID '${id}' not found`);
}
