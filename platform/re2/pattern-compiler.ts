import { compilePattern, type Pattern } from './regexp.ts';

/** Compiles a pattern, as `compilePattern` does. */
export type CompilePattern = (text: string) => Pattern;

/** Returns a compiler that compiles each text once: searches of one run often have the same patterns. */
export function createPatternCompiler(): CompilePattern {
  const patterns = new Map<string, Pattern>();
  return (text) => {
    const known = patterns.get(text);
    if (known !== undefined) return known;
    const pattern = compilePattern(text);
    patterns.set(text, pattern);
    return pattern;
  };
}
