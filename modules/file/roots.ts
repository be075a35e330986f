import { lstatSync } from 'node:fs';
import { listEntries } from './entries.ts';
import { type Path, shownPath, systemPath } from './paths.ts';

/**
 * The paths that are shown as this one. JSON cannot name what is not UTF-8, so an investigator names it as it was shown
 * to him, with U+FFFD.
 */
export function pathsShownAs(shown: string): Path[] {
  if (!shown.includes('\ufffd') || exists(shown)) return [shown];
  let found: Path[] = [shown.startsWith('/') ? '/' : '.'];
  for (const part of shown.split('/').filter((name) => name !== '' && name !== '.')) {
    found = found.flatMap((folder) => {
      const prefix = folder === '.' ? '' : folder === '/' ? '/' : `${folder}/`;
      return part.includes('\ufffd')
        ? namesShownAs(folder, part).map((name) => prefix + name)
        : [prefix + part];
    });
  }
  return found.length > 0 ? found : [shown];
}

function namesShownAs(folder: Path, shown: string): Path[] {
  const names: Path[] = [];
  try {
    for (const entries of listEntries(folder)) {
      for (const { name } of entries) if (shownPath(name) === shown) names.push(name);
    }
  } catch {
    return []; // the walk reports what cannot be read
  }
  return names;
}

function exists(path: Path): boolean {
  try {
    lstatSync(systemPath(path));
    return true;
  } catch {
    return false;
  }
}
