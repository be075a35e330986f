import { neverMatches } from '../../../platform/re2/never-matches.ts';
import { cleanPath, isAtOrBelow } from '../filesystem/paths.ts';
import type { Search } from './schema.ts';

/** Returns an exclusion that leaves out a whole path of the search, or nothing of it; undefined when there is none. */
export function findExclusionMistake({
  paths = [],
  excludes = [],
  excluderegexes = [],
}: Search): string | undefined {
  const roots = paths.map(cleanPath);
  for (const exclude of excludes) {
    const excluded = cleanPath(exclude);
    const whole = roots.find((root) => isAtOrBelow(root, excluded));
    if (whole !== undefined) return `-exclude ${exclude}: leaves out all of -path ${whole}`;
    if (!roots.some((root) => isAtOrBelow(excluded, root)))
      return `-exclude ${exclude}: is below no -path, and leaves out nothing`;
  }
  const useless = excluderegexes.find((pattern) => neverMatches(pattern, (char) => char !== '\0'));
  if (useless !== undefined) return `-excluderegex ${JSON.stringify(useless)}: never matches a path`;
  return undefined;
}
