import { RE2JS } from 're2js';
import { compilePattern } from './regexp.ts';
import { withGoUnicodeNames } from './unicode-names.ts';

/** Returns the texts of the groups of a line's first match; undefined when it has none. */
export type GroupMatcher = (line: string) => string[] | undefined;

/**
 * Compiles a pattern for its groups. A group that took no part is empty, as in Go. Throws with Go's message, and matches in
 * linear time, as `compilePattern` does.
 */
export function compileGroups(text: string): GroupMatcher {
  const pattern = compilePattern(text);
  const automaton = RE2JS.compile(withGoUnicodeNames(text));
  return (line) => {
    if (!pattern.test(line)) return undefined;
    const match: (string | null | undefined)[] | null = automaton.exec(line);
    return match?.slice(1).map((group) => group ?? '');
  };
}
