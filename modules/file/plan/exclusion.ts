import type { ListEntries } from '../../../platform/machine/directory/list-entries.ts';
import { type Path, toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import type { CompilePattern } from '../../../platform/re2/pattern-compiler.ts';
import { cleanPath, isAtOrBelow } from '../filesystem/paths.ts';
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
  { listEntries, compile }: { listEntries: ListEntries; compile: CompilePattern },
): Exclusion | undefined {
  if (excludes.length + excluderegexes.length === 0) return undefined;
  const paths = excludes.flatMap((path) => expandRoot(cleanPath(path), listEntries));
  const patterns = excluderegexes.map(compile);
  return (path) => {
    if (paths.some((excluded) => isAtOrBelow(path, excluded))) return true;
    if (patterns.length === 0) return false;
    const displayed = toDisplayPath(path);
    return patterns.some((pattern) => pattern.test(displayed));
  };
}
