import { RE2JS } from 're2js';
import { rewriteTokens } from './tokens.ts';

/** Which ends of a piece of a line are ends of the line. */
export interface Edges {
  isStart: boolean;
  isEnd: boolean;
}

/** A pattern that matches no text. */
const NEVER = '[^\\x00-\\x{10FFFF}]';

/** Creates a test for pieces of a line: `^` and `$` match only at those ends of a piece that are ends of the line. */
export function createPieceTest(source: string): (piece: string, edges: Edges) => boolean {
  const compiled = new Map<string, RE2JS>();
  return (piece, edges) => {
    const key = `${edges.isStart} ${edges.isEnd}`;
    const pattern = compiled.get(key) ?? RE2JS.compile(disableAnchors(source, edges));
    compiled.set(key, pattern);
    return pattern.test(piece);
  };
}

function disableAnchors(source: string, { isStart, isEnd }: Edges): string {
  return rewriteTokens(source, (token, isInClass) => {
    if (isInClass) return token;
    if (!isStart && (token === '^' || token === '\\A')) return NEVER;
    if (!isEnd && (token === '$' || token === '\\z')) return NEVER;
    return token;
  });
}
