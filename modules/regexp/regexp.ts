import { RE2JS } from 're2js';

/** A pattern in RE2 syntax, which is what actions are written in (MIG is Go). Linear time whatever the input. */
export interface Pattern {
  /** True when the pattern is found anywhere in the text. */
  test(text: string): boolean;
}

/** Throws with Go's words when the pattern is not RE2: `error parsing regexp: missing closing ): …`. */
export function compilePattern(source: string): Pattern {
  if (/(^|[^\\])(\\\\)*\\C/.test(source))
    throw new Error('error parsing regexp: invalid escape sequence: `\\C`');
  const compiled = RE2JS.compile(source);
  return { test: (text) => compiled.test(text) };
}
