import { MigError } from '../../contract/errors.ts';
import type { NewManifest } from '../../contract/manifest.ts';
import { isWithdrawn, manifestText, statusOf } from '../../contract/rules/manifest.ts';
import type { ManifestStatus } from '../../contract/statuses.ts';
import { unpackManifest } from '../../platform/manifest/unpack-manifest.ts';
import { signatureTimeMs } from '../../platform/openpgp/verify.ts';
import type { Queryable } from '../../platform/postgres/pool.ts';
import type { CallerRow } from '../../platform/postgres/queries/investigators.ts';
import {
  addManifestSignature,
  insertManifest,
  lockManifest,
  type ManifestRow,
  manifestEntries,
  setManifestStatus,
  withdrawSignatures,
} from '../../platform/postgres/queries/manifests.ts';
import type { AuditCaller } from '../audit/audit-caller.ts';
import { auditedChange } from '../audit/audited-change.ts';
import type { InvestigatorKeys } from '../auth/keyring.ts';
import { verifyOwnSignature } from '../auth/own-signature.ts';
import type { ApiDeps } from '../context.ts';
import { checkCondition } from './check-condition.ts';
import { countedSignatures } from './manifest-signers.ts';

/** Stores a manifest, which is staged until it is signed. Returns its id. */
export async function createManifest(
  deps: ApiDeps,
  caller: AuditCaller,
  { name, target, content }: NewManifest,
): Promise<number> {
  await checkCondition(deps, 'target', target);
  const files = await unpackManifest(content);
  return auditedChange(deps, async (db) => {
    const id = await insertManifest(db, { name, target, content, files });
    const detail = { name, target, files: Object.fromEntries(files.map((file) => [file.name, file.sha256])) };
    return {
      entry: { ...caller, kind: 'manifest_created', outcome: 'done', objectId: id, detail },
      result: id,
    };
  });
}

interface Signing {
  id: number;
  signature: string;
  signer: CallerRow;
  caller: AuditCaller;
}

/**
 * Adds the signature of the caller, and activates the manifest when enough have signed.
 */
export async function signManifest(deps: ApiDeps, { id, signature, signer, caller }: Signing): Promise<void> {
  const keys = { ...(await deps.loadKeyring()), nowMs: deps.now() };
  await auditedChange(deps, async (db) => {
    const manifest = requireChangeable(id, await lockManifest(db, id));
    await checkSignature(db, { manifest, signature, signer, keys });
    const isNew = await addManifestSignature(db, id, { investigatorid: signer.id, pgpsignature: signature });
    if (!isNew) throw new MigError('conflict', `manifest ${id}: you have signed it already`);
    const counted = await countedSignatures(db, id, keys);
    const signers = counted.map(({ investigatorid }) => investigatorid);
    const status = statusOf(signers, deps.config.manifestSignatures);
    await setManifestStatus(db, id, status);
    const detail = { name: manifest.name, status, signatures: signers.length };
    return {
      entry: { ...caller, kind: 'manifest_signed', outcome: 'done', objectId: id, detail },
      result: undefined,
    };
  });
}

/** Disables a manifest for good, or withdraws it: `staged` removes its signatures. */
export async function changeManifestStatus(
  deps: ApiDeps,
  caller: AuditCaller,
  { id, status }: { id: number; status: Exclude<ManifestStatus, 'active'> },
): Promise<void> {
  await auditedChange(deps, async (db) => {
    const manifest = requireChangeable(id, await lockManifest(db, id));
    if (status === 'staged') await withdrawSignatures(db, id);
    await setManifestStatus(db, id, status);
    const detail = { name: manifest.name, status: { from: manifest.status, to: status } };
    return {
      entry: { ...caller, kind: 'manifest_status', outcome: 'done', objectId: id, detail },
      result: undefined,
    };
  });
}

function requireChangeable(id: number, manifest: ManifestRow | undefined): ManifestRow {
  if (!manifest) throw new MigError('not_found', `Manifest ID '${id}' not found`);
  if (manifest.status === 'disabled') throw new MigError('conflict', `manifest ${id} is disabled for good`);
  return manifest;
}

async function checkSignature(
  db: Queryable,
  {
    manifest,
    signature,
    signer,
    keys,
  }: Pick<Signing, 'signature' | 'signer'> & {
    manifest: ManifestRow;
    keys: InvestigatorKeys & { nowMs: number };
  },
): Promise<void> {
  const text = manifestText(await manifestEntries(db, manifest.id));
  const fingerprint = signer.pgpfingerprint;
  await verifyOwnSignature({ parameter: 'signature', texts: [text], signature, fingerprint }, keys);
  const signedMs = await signatureTimeMs(signature);
  const withdrawnMs = manifest.withdrawnat === null ? undefined : Date.parse(manifest.withdrawnat);
  if (isWithdrawn({ signedMs, withdrawnMs })) {
    throw new MigError(
      'conflict',
      'signature: it is older than the withdrawal of this manifest; sign again, with a clock that is right',
    );
  }
}
