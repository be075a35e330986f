import { z } from 'zod';
import { MAX_HEARTBEAT_BYTES, MAX_SIGNATURE_LENGTH } from '../limits.ts';
import { LoaderRequest, LoaderView } from '../loader.ts';
import {
  MAX_MANIFEST_BYTES,
  ManifestFile,
  ManifestResponse,
  ManifestView,
  NewManifest,
} from '../manifest.ts';
import { SIGNATURE_ERRORS, TARGET_ERRORS } from './error-sets.ts';
import { formBytes, json, recordId, SIGNATURE_FORM } from './parameters.ts';
import { any, defineRoute, one } from './route.ts';

const MAX_REQUEST_BYTES = formBytes(MAX_HEARTBEAT_BYTES);

const manifestid = recordId('Manifest').describe('the id of the manifest');
const nothing = { kind: 'items', status: 200, items: {} } as const;

export const getManifest = defineRoute({
  method: 'GET',
  path: '/manifest',
  summary: 'A manifest, with its content and its signatures.',
  access: 'manifest',
  parameters: z.object({ manifestid }),
  answer: { kind: 'items', status: 200, items: { manifest: one('manifest', ManifestView) } },
  errors: ['not_found'],
});

export const listManifestLoaders = defineRoute({
  method: 'GET',
  path: '/manifest/loaders/',
  summary: 'The enabled loaders that the target of a manifest selects.',
  access: 'manifest_loaders',
  parameters: z.object({ manifestid }),
  answer: { kind: 'items', status: 200, items: { loaders: any('loader', LoaderView) } },
  errors: ['not_found'],
});

export const createManifest = defineRoute({
  method: 'POST',
  path: '/manifest/new/',
  summary: 'Stores a manifest. It is staged until enough investigators have signed it.',
  access: 'manifest_new',
  audit: 'manifest_created',
  maxBytes: MAX_MANIFEST_BYTES,
  parameters: z.object({
    manifest: json(NewManifest).describe('its name, its target, and an archive of its files'),
  }),
  answer: { kind: 'items', status: 201, items: {} },
  errors: [...TARGET_ERRORS, 'conflict'],
});

export const signManifest = defineRoute({
  method: 'POST',
  path: '/manifest/sign/',
  summary: 'Adds the signature of the caller. With enough of them the manifest becomes active.',
  access: 'manifest_sign',
  audit: 'manifest_signed',
  parameters: z.object({
    manifestid,
    signature: z.string().max(MAX_SIGNATURE_LENGTH, 'is too long').describe(SIGNATURE_FORM),
  }),
  answer: nothing,
  errors: [...SIGNATURE_ERRORS, 'not_found', 'conflict', 'forbidden'],
});

export const setManifestStatus = defineRoute({
  method: 'POST',
  path: '/manifest/status/',
  summary: 'Removes the signatures of a manifest, or disables it for good.',
  access: 'manifest_status',
  audit: 'manifest_status',
  parameters: z.object({
    manifestid,
    // MIG's words.
    status: z.enum(['staged', 'disabled'], 'Invalid status specified, must be disabled or staged'),
  }),
  answer: nothing,
  errors: ['not_found', 'conflict'],
});

const parameters = z.object({
  parameters: json(LoaderRequest).describe('the agent that the loader describes, and the file that it wants'),
});

export const locateManifest = defineRoute({
  method: 'POST',
  path: '/manifest/agent/',
  summary: 'The manifest that a loader must install: its files with their hashes, and its signatures.',
  access: 'loader key',
  maxBytes: MAX_REQUEST_BYTES,
  parameters,
  answer: { kind: 'items', status: 200, items: { manifest: one('manifest', ManifestResponse) } },
  errors: ['not_found'],
});

export const fetchManifestFile = defineRoute({
  method: 'POST',
  path: '/manifest/fetch/',
  summary: 'One file of the manifest that a loader must install.',
  access: 'loader key',
  maxBytes: MAX_REQUEST_BYTES,
  parameters,
  answer: { kind: 'items', status: 200, items: { content: one('content', ManifestFile) } },
  errors: ['not_found'],
});
