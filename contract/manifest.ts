import { z } from 'zod';
import { goObject } from './fields.ts';
import { RecordName } from './loader.ts';
import { MANIFEST_STATUSES } from './statuses.ts';

/** The largest body that posts a manifest. MIG's limit of 20 MiB is too small for an executable of this agent. */
export const MAX_MANIFEST_BYTES = 96 * 1024 * 1024;
/** The most files of a manifest: MIG's loaders know seven. */
export const MAX_MANIFEST_FILES = 64;
/** The sum of a manifest's files. */
export const MAX_UNPACKED_BYTES = 256 * 1024 * 1024;

/** The names of the files that loaders install, as in MIG. They ignore all others. */
export const LOADER_FILES: readonly string[] = [
  'mig-agent',
  'mig-loader',
  'configuration',
  'agentcert',
  'agentkey',
  'cacert',
  'loaderconfig',
];

/** A new manifest, as MIG's clients post it (spec/api.md#loader-endpoints). It is always staged. */
export const NewManifest = goObject({
  name: RecordName,
  target: z.string().min(1).max(2048),
  /** Base64 of an archive, made by tar and gzip. */
  content: z.string().min(1, 'manifest record has no content'),
  status: z.enum(MANIFEST_STATUSES).default('staged'),
});
export type NewManifest = z.infer<typeof NewManifest>;

/** A manifest in a response. Searches leave out the content and the signatures. */
export const ManifestView = z.object({
  id: z.int(),
  name: z.string(),
  content: z.string().optional(),
  timestamp: z.string(),
  status: z.string(),
  target: z.string(),
  signatures: z
    .array(z.string())
    .nullable()
    .transform((signatures) => signatures ?? []),
});
export type ManifestView = z.infer<typeof ManifestView>;

/** What a loader must install: the files with their SHA-256, and the armored detached signatures. */
export const ManifestResponse = z.object({
  loader_name: z.string(),
  entries: z.array(z.object({ name: z.string(), sha256: z.string() })),
  signatures: z.array(z.string()),
});

/** One file of a manifest, compressed by gzip, as base64. */
export const ManifestFile = z.object({ data: z.string() });
