import { renameSync, rmSync } from 'node:fs';
import { MigError } from '../../contract/errors.ts';
import { hashInstalled, lstatIfThere, sha256OfFile } from './installed-file.ts';
import type { Replacement } from './loader-state.ts';
import { keptPath, stagedPath, syncFolders } from './staging.ts';

/**
 * Puts every staged file in its place, each by one rename. Repeated after a crash it continues where it was. Throws when a
 * staged file is missing or is another one by now.
 */
export function replaceFiles(replacements: readonly Replacement[]): void {
  for (const replacement of replacements) {
    if (isInPlace(replacement)) continue;
    requireStaged(replacement);
    if (process.platform === 'win32') moveAside(replacement);
    renameSync(stagedPath(replacement), replacement.path);
    syncFolders([replacement.path]);
  }
}

/** Windows replaces no executable that runs, but renames it. */
function moveAside(replacement: Replacement): void {
  const aside = `${keptPath(replacement)}.${process.pid}`;
  if (lstatIfThere(replacement.path)) renameSync(replacement.path, aside);
}

/** A link in the place is no file in its place, whatever it leads to. */
function isInPlace({ path, after }: Replacement): boolean {
  return lstatIfThere(path)?.isFile() === true && sha256OfFile(path) === after;
}

function requireStaged(replacement: Replacement): void {
  const staged = stagedPath(replacement);
  if (hashInstalled(staged) === replacement.after) return;
  throw new MigError('conflict', `${staged} is missing or was changed`);
}

/** Puts the old versions back, or removes what was new. Repeated after a crash it continues where it was. */
export function restoreFiles(replacements: readonly Replacement[]): void {
  for (const replacement of [...replacements].reverse()) {
    const { path, before } = replacement;
    if (!before) rmSync(path, { force: true });
    // A kept version that is missing is in its place already.
    else if (lstatIfThere(keptPath(replacement))) renameSync(keptPath(replacement), path);
    syncFolders([path]);
  }
}
