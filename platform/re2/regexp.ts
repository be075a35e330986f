import { RE2JS } from 're2js';
import { type BlockFilter, requiredLiteral, toBlockFilter, toNative } from './native.ts';
import { parsePattern } from './parse.ts';
import { type Edges, pieceTester } from './pieces.ts';
import { stretchTester } from './stretch.ts';
import { withGoUnicodeNames } from './unicode-names.ts';

/** A pattern in RE2 syntax, which is what actions are written in (MIG is Go). No input can keep it busy for long. */
export interface Pattern {
  /** True when the pattern is found anywhere in one line of text. */
  test(line: string): boolean;
  /** The same of a piece of one line that is too long to be looked at as a whole. */
  testPiece(piece: string, edges: Edges): boolean;
  /** Whether a match may reach over all of this text, 16,384 characters or more; undefined when none is that long. */
  mayReachOver: ((text: string) => boolean) | undefined;
  /** What every matching line contains, as bytes; undefined when nothing is known. */
  literal: Buffer | undefined;
  /** Where in a block of lines a match may be; undefined when it may be anywhere. */
  filter: BlockFilter | undefined;
}

/**
 * Throws with Go's words when the pattern is not RE2: `error parsing regexp: missing closing ): …`. RE2JS decides what
 * is valid and what matches; JavaScript's own engine, many times faster, takes the lines where it gives the same answer.
 */
export function compilePattern(text: string): Pattern {
  if (/(^|[^\\])(\\\\)*\\C/.test(text)) {
    throw new Error('error parsing regexp: invalid escape sequence: `\\C`');
  }
  const source = withGoUnicodeNames(text);
  const compiled = RE2JS.compile(source);
  const parsed = parsePattern(source);
  const native = parsed && toNative(parsed);
  const literal = parsed && requiredLiteral(parsed);
  return {
    literal: literal === undefined ? undefined : Buffer.from(literal),
    filter: parsed && toBlockFilter(parsed),
    test: native
      ? (line) => (line.length <= native.maxLength ? native.regexp.test(line) : compiled.test(line))
      : (line) => compiled.test(line),
    testPiece: pieceTester(source),
    mayReachOver: stretchTester(source),
  };
}
