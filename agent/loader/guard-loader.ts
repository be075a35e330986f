import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { guardFolders } from '../lifecycle/folder-guard.ts';
import type { BundleEntry } from './bundle.ts';
import type { LoaderConfig } from './loader-config.ts';

/** Whoever can write any of these paths could become root by the next run of the loader. */
export function guardLoader(
  { file, keyFile, stateDir, logFile }: LoaderConfig,
  bundle: readonly BundleEntry[],
): void {
  if (process.platform === 'win32' || process.geteuid?.() !== 0) return;
  const folders = [stateDir, join(dirname(file), 'loaderkeys'), ...bundle.map(({ path }) => dirname(path))];
  guardFolders({
    program: 'loader',
    files: [realpathSync(process.execPath), file, keyFile],
    folders: [...new Set(folders)],
    logs: logFile === undefined ? [] : [logFile.path],
  });
}
