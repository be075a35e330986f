import { goJson } from '../go/json.ts';
import type { ManifestStatus } from '../statuses.ts';

/** A file of a manifest, and the SHA-256 of its whole content in hex. */
export interface ManifestEntry {
  name: string;
  sha256: string;
}

/**
 * The text that investigators sign and loaders verify, byte for byte that of MIG's programs: the response to a loader
 * without its name and without signatures (spec/api.md#loader-endpoints). The target is no part of it.
 */
export function manifestText(entries: readonly ManifestEntry[]): string {
  const items = entries.map(({ name, sha256 }) => `{"name":${goJson(name)},"sha256":${goJson(sha256)}}`);
  return `{"loader_name":"","entries":[${items.join(',')}],"signatures":[]}`;
}

/** The status after a signature was added or all were removed. Investigators sign a manifest once each. */
export function statusOf(signers: readonly number[], required: number): ManifestStatus {
  return new Set(signers).size >= required ? 'active' : 'staged';
}

/**
 * Whether loaders that fulfil its target may get a manifest: it is active, and as many investigators as are required now
 * have a good signature and the right to sign.
 */
export function mayServe(
  { status, signers }: { status: ManifestStatus; signers: readonly number[] },
  required: number,
): boolean {
  return status === 'active' && statusOf(signers, required) === 'active';
}

/**
 * Whether a signature was made before the signatures of its manifest were withdrawn, so that it must not come back. Times
 * of signatures are whole seconds.
 */
export function isWithdrawn({
  signedMs,
  withdrawnMs,
}: {
  signedMs: number;
  withdrawnMs: number | undefined;
}): boolean {
  return withdrawnMs !== undefined && signedMs + 1000 <= withdrawnMs;
}
