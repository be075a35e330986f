import type { z } from 'zod';
import type { ManifestView } from '../../contract/manifest.ts';
import type { ManifestRow } from '../../platform/postgres/queries/manifests.ts';

/** What only the record by its id has. */
interface ManifestDetails {
  content: string;
  signatures: readonly string[];
}

/** The record of a manifest (spec/api.md#records). */
export function toManifest(row: ManifestRow, details?: ManifestDetails): z.input<typeof ManifestView> {
  const signatures = details?.signatures ?? [];
  return {
    id: row.id,
    name: row.name,
    content: details?.content,
    timestamp: row.timestamp,
    status: row.status,
    target: row.target,
    signatures: signatures.length === 0 ? null : [...signatures],
  };
}
