import { lstatSync, type Stats, statSync } from 'node:fs';
import { goErrno } from '../../../contract/go/errno.ts';
import type { Entry, Kind } from '../../../platform/machine/directory/entry.ts';
import { type Path, toDisplayPath, toSystemPath } from '../../../platform/machine/directory/system-path.ts';
import { resolveLink } from '../filesystem/resolve-link.ts';
import type { Tally } from '../tally.ts';

/** Returns how the walk treats an entry: as a file also a link to one. Other links are skipped. */
export function resolveKind({ kind }: Entry, path: Path, tally: Tally): Kind {
  if (kind === 'file' || kind === 'directory' || kind === 'other') return kind;
  if (kind === 'link') return kindOfLink(path, tally);
  let stats: Stats;
  try {
    stats = lstatSync(toSystemPath(path));
  } catch (error) {
    tally.openFailed(`ERROR: lstat ${toDisplayPath(path)}: ${goErrno(error)}`);
    return 'other';
  }
  if (stats.isSymbolicLink()) return kindOfLink(path, tally);
  return stats.isDirectory() ? 'directory' : stats.isFile() ? 'file' : 'other';
}

/** Reports a broken link as an error, and does not stop. */
function kindOfLink(link: Path, tally: Tally): Kind {
  try {
    return statSync(toSystemPath(link)).isFile() ? 'file' : 'other';
  } catch (error) {
    const resolved = resolveLink(link);
    const why = 'error' in resolved ? resolved.error : `stat ${toDisplayPath(link)}: ${goErrno(error)}`;
    tally.openFailed(`ERROR: ${why}`);
    return 'other';
  }
}
