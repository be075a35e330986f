import type { ManifestFile } from '../../platform/manifest/unpack-manifest.ts';

/** A line for each file: its hash, its size in bytes, its name. */
export function fileLines(files: readonly ManifestFile[]): string[] {
  const width = Math.max(...files.map(({ size }) => String(size).length));
  return files.map(({ name, sha256, size }) => `${sha256}  ${String(size).padStart(width)}  ${name}`);
}

/** The lines of sha256sum, sorted by name as in MIG's console. */
export function shasumLines(files: readonly ManifestFile[]): string[] {
  return files
    .map(({ name, sha256 }) => ({ name, line: `${sha256}  ${name}` }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ line }) => line);
}
