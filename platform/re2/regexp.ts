import { RE2JS } from 're2js';
import { createCoverTest } from './may-cover.ts';
import { toNative } from './native.ts';
import { parsePattern } from './parse.ts';
import { createPieceTest, type Edges } from './pieces.ts';
import {
  type BlockFilter,
  requiredLiteral,
  toBlockFilter,
  toFoldedFilter,
  toTextFilter,
} from './prefilter.ts';
import { withGoUnicodeNames } from './unicode-names.ts';

/** A pattern in RE2 syntax, the syntax of actions, since MIG is written in Go. Matches in linear time. */
export interface Pattern {
  /** Whether a line contains a match. */
  test(line: string): boolean;
  /** Whether a piece of a line contains a match, for lines that are too long to be held as a whole. */
  testPiece(piece: string, edges: Edges): boolean;
  /** Whether a match may extend over all of a text of 16,384 characters or more; undefined when no match is that long. */
  mayCover: ((text: string) => boolean) | undefined;
  /** Bytes that every matching line contains; undefined when none are known. */
  literal: Buffer | undefined;
  /** Finds candidate lines in a block; undefined when any line may match. */
  filter: BlockFilter | undefined;
  /** As `filter`, for text that is not made of lines. */
  textFilter: BlockFilter | undefined;
}

/**
 * Compiles a pattern. Throws with Go's message when it is not valid RE2: `error parsing regexp: missing closing ): …`.
 *
 * RE2JS, an automaton, decides what is valid and what matches, in linear time. Two faster stages come before it:
 * 1. The prefilters `literal` and `filter` prove that lines cannot match. The caller skips those lines.
 * 2. JavaScript's own engine, which backtracks, tests a line where it provably agrees with RE2 and its work is bounded.
 */
export function compilePattern(text: string): Pattern {
  refuseSingleByteEscape(text);
  const source = withGoUnicodeNames(text);
  const automaton = RE2JS.compile(source);
  const parsed = parsePattern(source);
  const native = parsed && toNative(parsed);
  const literal = parsed && requiredLiteral(parsed);
  return {
    literal: literal === undefined ? undefined : Buffer.from(literal),
    filter: parsed && toBlockFilter(parsed),
    textFilter: parsed ? toTextFilter(parsed) : foldedFilter(source),
    test: native
      ? (line) => (line.length <= native.maxLength ? native.regexp.test(line) : automaton.test(line))
      : (line) => automaton.test(line),
    testPiece: createPieceTest(source),
    mayCover: createCoverTest(source),
  };
}

const IGNORE_CASE = '(?i)';

function foldedFilter(source: string): BlockFilter | undefined {
  if (!source.startsWith(IGNORE_CASE)) return undefined;
  const parsed = parsePattern(source.slice(IGNORE_CASE.length));
  return parsed && toFoldedFilter(parsed);
}

/** `\C`, any byte, is valid in RE2JS and not in Go. */
function refuseSingleByteEscape(text: string): void {
  if (/(^|[^\\])(\\\\)*\\C/.test(text)) {
    throw new Error('error parsing regexp: invalid escape sequence: `\\C`');
  }
}
