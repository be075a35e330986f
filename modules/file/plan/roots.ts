import { lstatSync } from 'node:fs';
import { listEntries } from '../filesystem/list-entries.ts';
import { type Path, shownPath, systemPath } from '../filesystem/paths.ts';

/**
 * The paths that are shown as this one. JSON cannot name what is not UTF-8, so an investigator names it as it was shown
 * to him, with U+FFFD; several names may be shown alike, one of which may hold that very character.
 */
export function pathsShownAs(shown: string): Path[] {
  if (!shown.includes('\ufffd')) return [shown];
  let found: Path[] = [shown.startsWith('/') ? '/' : '.'];
  for (const part of shown.split('/').filter((name) => name !== '' && name !== '.')) {
    found = found.flatMap((folder) => {
      const prefix = folder === '.' ? '' : folder === '/' ? '/' : `${folder}/`;
      const names = part.includes('\ufffd') ? namesShownAs(folder, part, prefix) : [part];
      return names.map((name) => prefix + name);
    });
  }
  return found.length > 0 ? found : [shown];
}

/** A folder that may be entered but not listed still has the name as it is written. */
function namesShownAs(folder: Path, shown: string, prefix: string): Path[] {
  const names = new Set<Path>(exists(prefix + shown) ? [shown] : []);
  try {
    for (const entries of listEntries(folder)) {
      for (const { name } of entries) if (shownPath(name) === shown) names.add(name);
    }
  } catch {
    // the walk reports what cannot be read
  }
  return [...names];
}

function exists(path: Path): boolean {
  try {
    lstatSync(systemPath(path));
    return true;
  } catch {
    return false;
  }
}
