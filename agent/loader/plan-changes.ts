import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { ManifestEntry } from '../../contract/rules/manifest.ts';
import { type BundleEntry, LOADER_ENTRIES } from './bundle.ts';
import { hashInstalled } from './installed-file.ts';

/** A file that differs from the manifest. */
export interface Change {
  entry: BundleEntry;
  /** Undefined when the file is not installed. */
  before: string | undefined;
  after: string;
  /** Whether it is the executable that runs now. */
  isOwn: boolean;
}

export interface Plan {
  changes: Change[];
  /** Installed files that are as the manifest says. */
  unchanged: BundleEntry[];
  /** Names in the manifest that have no place on this machine. */
  unknown: string[];
}

/** Compares the installed files with a manifest. The executable that runs now is replaced last. */
export function planChanges(
  entries: readonly ManifestEntry[],
  { bundle, own }: { bundle: readonly BundleEntry[]; own: string },
): Plan {
  const known = bundle.flatMap((entry) => {
    const after = entries.find(({ name }) => name === entry.name)?.sha256;
    if (after === undefined) return [];
    return [{ entry, before: hashInstalled(entry.path), after, isOwn: isSamePath(entry.path, own) }];
  });
  const changes = known.filter(({ before, after }) => before !== after);
  return {
    changes: [...changes.filter(({ isOwn }) => !isOwn), ...changes.filter(({ isOwn }) => isOwn)],
    unchanged: known.filter(({ before, after }) => before === after).map(({ entry }) => entry),
    unknown: entries.map(({ name }) => name).filter((name) => !bundle.some((entry) => entry.name === name)),
  };
}

/** Whether a running agent uses any of these files, and has to start anew. */
export function concernsAgent(names: readonly string[]): boolean {
  return names.some((name) => !LOADER_ENTRIES.includes(name));
}

/** `own` has no links in it. On many systems /sbin is one. */
function isSamePath(path: string, own: string): boolean {
  try {
    return join(realpathSync(dirname(path)), basename(path)) === own;
  } catch {
    return false; // There is no such folder yet.
  }
}
