import { patternSize } from './program-size.ts';
import { compilePattern } from './regexp.ts';

/** Compiling a larger pattern takes a server too long. */
const MAX_PATTERN_SIZE = 10_000;

/** Why a pattern of an action is refused, in MIG's words; undefined when it is valid. */
export function patternProblem(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    return `Invalid regexp '${pattern}'. Must be a regexp. Compilation failed with '${why}'`;
  }
}

/** Whether a server refuses to compile a pattern. */
export function isLargePattern(pattern: string): boolean {
  return patternSize(pattern) > MAX_PATTERN_SIZE;
}
