import { MigError } from '../../contract/errors.ts';
import type { ManifestEntry } from '../../contract/rules/manifest.ts';

/** Refuses a manifest with other files than those that somebody has built. Names each difference. */
export function requireSameFiles(manifest: readonly ManifestEntry[], own: readonly ManifestEntry[]): void {
  const hashes = new Map(own.map(({ name, sha256 }) => [name, sha256]));
  const names = new Set(manifest.map(({ name }) => name));
  const differences = [
    ...manifest.flatMap(({ name, sha256 }) => {
      const hash = hashes.get(name);
      if (hash === sha256) return [];
      return [hash === undefined ? `${name} is only in the manifest` : `${name} has another content`];
    }),
    ...own.filter(({ name }) => !names.has(name)).map(({ name }) => `${name} is not in the manifest`),
  ];
  if (differences.length === 0) return;
  throw new MigError(
    'conflict',
    `nothing was signed: the manifest is not what you have: ${differences.join(', ')}`,
  );
}
