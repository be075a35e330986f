import { getManifest } from '../../contract/api/manifests.ts';
import { MigError } from '../../contract/errors.ts';
import type { ManifestView } from '../../contract/manifest.ts';
import { type ManifestFile, unpackManifest } from '../../platform/manifest/unpack-manifest.ts';
import type { ApiClient } from '../api/api-client.ts';
import { findRecordId } from '../api/find-record.ts';

/** A manifest with its files, whose hashes were computed here. */
export interface LoadedManifest {
  manifest: ManifestView;
  files: ManifestFile[];
}

export async function loadManifest(
  api: Pick<ApiClient, 'call' | 'search'>,
  word: string,
): Promise<LoadedManifest> {
  const manifest = await findManifest(api, word);
  return { manifest, files: await filesOf(manifest) };
}

export async function findManifest(
  api: Pick<ApiClient, 'call' | 'search'>,
  word: string,
): Promise<ManifestView> {
  const manifestid = await findRecordId(api, { kind: 'manifest', word });
  return (await api.call(getManifest, { manifestid })).manifest;
}

export async function filesOf({ id, content }: ManifestView): Promise<ManifestFile[]> {
  if (content === undefined)
    throw new MigError('parameter_invalid', `manifest ${id}: its record has no content`);
  return unpackManifest(content);
}
