import { lstatSync } from 'node:fs';
import type { ListEntries } from '../../../platform/machine/directory/list-entries.ts';
import { type Path, toDisplayPath, toSystemPath } from '../../../platform/machine/directory/system-path.ts';

/**
 * Returns the paths on this machine that are displayed like this one. JSON cannot express a name that is not UTF-8, so the
 * investigator repeats it as displayed, with U+FFFD. Several names may look the same, and one may really contain U+FFFD.
 */
export function expandRoot(displayed: string, listEntries: ListEntries): Path[] {
  if (!displayed.includes('\ufffd')) return [displayed];
  let paths: Path[] = [displayed.startsWith('/') ? '/' : '.'];
  for (const component of displayed.split('/').filter((name) => name !== '' && name !== '.')) {
    paths = paths.flatMap((directory) => expandComponent(directory, component, listEntries));
  }
  return paths.length > 0 ? paths : [displayed];
}

function expandComponent(directory: Path, component: string, listEntries: ListEntries): Path[] {
  const prefix = directory === '.' ? '' : directory === '/' ? '/' : `${directory}/`;
  if (!component.includes('\ufffd')) return [prefix + component];
  // A directory that can be entered but not listed may still contain the literal name.
  const asWritten = exists(prefix + component) ? [component] : [];
  const names = new Set([...asWritten, ...namesDisplayedAs(component, listEntries(directory))]);
  return [...names].map((name) => prefix + name);
}

function namesDisplayedAs(displayed: string, batches: Iterable<{ name: Path }[]>): Path[] {
  const names: Path[] = [];
  try {
    for (const entries of batches) {
      for (const { name } of entries) if (toDisplayPath(name) === displayed) names.push(name);
    }
  } catch {
    // The walk reports the error.
  }
  return names;
}

function exists(path: Path): boolean {
  try {
    lstatSync(toSystemPath(path));
    return true;
  } catch {
    return false;
  }
}
