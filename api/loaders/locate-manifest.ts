import type { Agent } from '../../contract/agent.ts';
import { MigError } from '../../contract/errors.ts';
import { mayServe } from '../../contract/rules/manifest.ts';
import { type LoaderRow, loaderById } from '../../platform/postgres/queries/loaders.ts';
import {
  activeManifests,
  type ManifestRow,
  type ManifestSignature,
} from '../../platform/postgres/queries/manifests.ts';
import type { ApiDeps } from '../context.ts';
import { countedSignatures } from './manifest-signers.ts';
import { matchingManifests } from './match-conditions.ts';
import { recordSent } from './record-sent.ts';

/** The manifest that a loader gets, and the signatures that count. */
export interface Located {
  manifest: ManifestRow;
  signatures: ManifestSignature[];
}

/**
 * Records what a loader sent of its machine, and finds the newest manifest for it that enough investigators have signed.
 * Every refusal is the same: a loader learns nothing of manifests for others, nor why it gets none.
 */
export async function locateManifest(deps: ApiDeps, loader: LoaderRow, agent: Agent): Promise<Located> {
  const located = (await recordSent(deps, loader, agent)) ? await findManifest(deps, loader.id) : undefined;
  if (located) return located;
  throw new MigError('not_found', 'Unable to locate valid manifest for this loader entry');
}

async function findManifest(deps: ApiDeps, loaderId: number): Promise<Located | undefined> {
  const { pool, config } = deps;
  const loader = await loaderById(pool, loaderId);
  if (!loader?.enabled) return undefined;
  const manifests = await matchingManifests(deps, { loader, manifests: await activeManifests(pool) });
  const keys = { ...(await deps.loadKeyring()), nowMs: deps.now() };
  for (const manifest of manifests) {
    const signatures = await countedSignatures(pool, manifest.id, keys);
    const signers = signatures.map(({ investigatorid }) => investigatorid);
    if (mayServe({ status: manifest.status, signers }, config.manifestSignatures)) {
      return { manifest, signatures };
    }
  }
  return undefined;
}
