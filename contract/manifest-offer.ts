import { z } from 'zod';
import { goObject, listOf } from './fields.ts';
import { MAX_SIGNATURE_LENGTH } from './limits.ts';
import { MAX_MANIFEST_FILES } from './manifest.ts';

/** The most signatures of a manifest that a loader looks at. */
const MAX_SIGNATURES = 64;

/** A manifest as the API offers it to a loader. Nothing in it is true before its signatures are verified. */
export const ManifestOffer = goObject({
  loader_name: z.string().max(256),
  entries: listOf(
    goObject({
      name: z.string().min(1).max(255),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
    MAX_MANIFEST_FILES,
  ),
  signatures: listOf(z.string().max(MAX_SIGNATURE_LENGTH), MAX_SIGNATURES),
});
export type ManifestOffer = z.infer<typeof ManifestOffer>;
