import { compilePattern } from '../../../platform/re2/regexp.ts';
import type { ListEntries } from '../filesystem/list-entries.ts';
import { cleanPath, isAtOrBelow, type Path, toDisplayPath } from '../filesystem/paths.ts';
import type { Search } from '../parameters/schema.ts';
import { expandRoot } from './roots.ts';

/** Whether a search leaves out a path: it neither evaluates it nor enters it. */
export type Exclusion = (path: Path) => boolean;

/**
 * Paths exclude what is at or below them, compared by their bytes. Patterns exclude each path that they match, as
 * displayed, and what is below it. Returns undefined when the search excludes nothing.
 */
export function createExclusion(
  { excludes = [], excluderegexes = [] }: Search,
  listEntries: ListEntries,
): Exclusion | undefined {
  if (excludes.length + excluderegexes.length === 0) return undefined;
  const paths = excludes.flatMap((path) => expandRoot(cleanPath(path), listEntries));
  const patterns = excluderegexes.map(compilePattern);
  return (path) => {
    if (paths.some((excluded) => isAtOrBelow(path, excluded))) return true;
    if (patterns.length === 0) return false;
    const displayed = toDisplayPath(path);
    return patterns.some((pattern) => pattern.test(displayed));
  };
}
