import { MigError } from '../../contract/errors.ts';
import { ManifestView } from '../../contract/manifest.ts';
import { type ManifestFile, unpackManifest } from '../../platform/manifest/unpack-manifest.ts';
import type { ApiClient } from '../api/api-client.ts';
import { findRecord } from '../api/find-record.ts';

/** A manifest with its files, whose hashes were computed here. */
export interface LoadedManifest {
  manifest: ManifestView;
  files: ManifestFile[];
}

export async function loadManifest(
  api: Pick<ApiClient, 'get' | 'search'>,
  word: string,
): Promise<LoadedManifest> {
  const manifest = await findManifest(api, word);
  return { manifest, files: await filesOf(manifest) };
}

export function findManifest(api: Pick<ApiClient, 'get' | 'search'>, word: string): Promise<ManifestView> {
  return findRecord(api, { kind: 'manifest', word, schema: ManifestView });
}

export async function filesOf({ id, content }: ManifestView): Promise<ManifestFile[]> {
  if (content === undefined)
    throw new MigError('parameter_invalid', `manifest ${id}: its record has no content`);
  return unpackManifest(content);
}
