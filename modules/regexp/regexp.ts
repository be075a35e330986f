import { RE2JS } from 're2js';
import { type BlockFilter, requiredLiteral, toBlockFilter, toNative } from './native.ts';
import { parsePattern } from './parse.ts';

/** A pattern in RE2 syntax, which is what actions are written in (MIG is Go). No input can keep it busy for long. */
export interface Pattern {
  /** True when the pattern is found anywhere in one line of text. */
  test(line: string): boolean;
  /** What every matching line contains, as bytes; undefined when nothing is known. */
  literal: Buffer | undefined;
  /** Where in a block of lines a match may be; undefined when it may be anywhere. */
  filter: BlockFilter | undefined;
}

/**
 * Throws with Go's words when the pattern is not RE2: `error parsing regexp: missing closing ): …`. RE2JS decides what
 * is valid and what matches; JavaScript's own engine, many times faster, takes the lines where it gives the same answer.
 */
export function compilePattern(source: string): Pattern {
  if (/(^|[^\\])(\\\\)*\\C/.test(source)) {
    throw new Error('error parsing regexp: invalid escape sequence: `\\C`');
  }
  const compiled = RE2JS.compile(source);
  const parsed = parsePattern(source);
  const native = parsed && toNative(parsed);
  const text = parsed && requiredLiteral(parsed);
  return {
    literal: text === undefined ? undefined : Buffer.from(text),
    filter: parsed && toBlockFilter(parsed),
    test: native
      ? (line) => (line.length <= native.maxLength ? native.regexp.test(line) : compiled.test(line))
      : (line) => compiled.test(line),
  };
}
