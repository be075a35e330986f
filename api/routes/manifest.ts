import { Hono } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { MAX_MANIFEST_BYTES, NewManifest } from '../../contract/manifest.ts';
import { parseField } from '../../contract/parse-field.ts';
import { enabledLoaders } from '../../platform/postgres/queries/loaders.ts';
import {
  type ManifestRow,
  manifestById,
  manifestContent,
  manifestSignatures,
} from '../../platform/postgres/queries/manifests.ts';
import { loaderIdsOf } from '../../platform/postgres/queries/targets.ts';
import { auditCaller } from '../audit/audit-caller.ts';
import { auditAs } from '../audit/audit-refusals.ts';
import { requirePermission } from '../auth/authenticate.ts';
import type { ApiDeps, ApiEnv } from '../context.ts';
import { investigatorOf } from '../http/caller.ts';
import { item } from '../http/envelope.ts';
import { parseId } from '../http/parse-values.ts';
import { readForm, readQuery, requireField } from '../http/read-request.ts';
import { recordHref, respond } from '../http/respond.ts';
import { changeManifestStatus, createManifest, signManifest } from '../loaders/change-manifest.ts';
import { toListedLoader } from '../records/to-loader.ts';
import { toManifest } from '../records/to-manifest.ts';

const MAX_BODY_BYTES = 64 * 1024;
const MAX_SIGNATURE = 16_384;

/** Manifests of what loaders install, for investigators (spec/api.md#loader-endpoints). */
export function manifestRoutes(deps: ApiDeps): Hono<ApiEnv> {
  const { pool, admission } = deps;
  const app = new Hono<ApiEnv>({ strict: true });

  app.get('/manifest', requirePermission(deps, 'manifest'), async (c) => {
    const manifest = await requireManifest(deps, readQuery(c, ['manifestid']).manifestid);
    const href = recordHref(deps, 'manifest', manifest.id);
    return admission.manifests.run(async () => {
      const content = await manifestContent(pool, manifest.id);
      const rows = await manifestSignatures(pool, manifest.id);
      const signatures = rows.map(({ pgpsignature }) => pgpsignature);
      return respond(c, [item(href, 'manifest', toManifest(manifest, { content, signatures }))]);
    });
  });

  app.get('/manifest/loaders/', requirePermission(deps, 'manifest_loaders'), async (c) => {
    const { id, status, target } = await requireManifest(deps, readQuery(c, ['manifestid']).manifestid);
    if (status === 'disabled') throw new MigError('not_found', `No matching loaders for manifest '${id}'`);
    const loaders = await enabledLoaders(pool, await loaderIdsOf(deps.targets, target));
    return respond(
      c,
      loaders.map((loader) => item(recordHref(deps, 'loader', loader.id), 'loader', toListedLoader(loader))),
    );
  });

  const mayCreate = requirePermission(deps, 'manifest_new', { maxBodyBytes: MAX_MANIFEST_BYTES });
  app.post('/manifest/new/', auditAs('manifest_created'), mayCreate, (c) =>
    admission.manifests.run(async () => {
      const text = requireField(readForm(c, MAX_MANIFEST_BYTES), 'manifest');
      await createManifest(deps, auditCaller(deps, c), parseField('manifest', NewManifest, text));
      return respond(c, [], 201);
    }),
  );

  app.post(
    '/manifest/sign/',
    auditAs('manifest_signed'),
    requirePermission(deps, 'manifest_sign'),
    async (c) => {
      const form = readForm(c, MAX_BODY_BYTES);
      const id = parseId('Manifest', 'manifestid', form.get('manifestid'));
      const signature = requireField(form, 'signature');
      if (signature.length > MAX_SIGNATURE) throw new MigError('parameter_invalid', 'signature: is too long');
      c.set('audit', { kind: 'manifest_signed', objectId: id });
      await signManifest(deps, { id, signature, signer: investigatorOf(c), caller: auditCaller(deps, c) });
      return respond(c, []);
    },
  );

  const mayChange = requirePermission(deps, 'manifest_status');
  app.post('/manifest/status/', auditAs('manifest_status'), mayChange, async (c) => {
    const form = readForm(c, MAX_BODY_BYTES);
    const id = parseId('Manifest', 'manifestid', form.get('manifestid'));
    const status = parseStatus(requireField(form, 'status'));
    c.set('audit', { kind: 'manifest_status', objectId: id });
    await changeManifestStatus(deps, auditCaller(deps, c), { id, status });
    return respond(c, []);
  });
  return app;
}

async function requireManifest({ pool }: ApiDeps, text: string | undefined): Promise<ManifestRow> {
  const id = parseId('Manifest', 'manifestid', text);
  const manifest = await manifestById(pool, id);
  if (manifest) return manifest;
  throw new MigError('not_found', `Manifest ID '${id}' not found`);
}

function parseStatus(text: string): 'staged' | 'disabled' {
  if (text === 'staged' || text === 'disabled') return text;
  throw new MigError('parameter_invalid', 'status: Invalid status specified, must be disabled or staged');
}
