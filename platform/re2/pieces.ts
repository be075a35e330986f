import { RE2JS } from 're2js';
import { rewriteTokens } from './tokens.ts';

/** Which ends of a piece of a line are ends of the line. */
export interface Edges {
  isStart: boolean;
  isEnd: boolean;
}

/** No text matches this. */
const NEVER = '[^\\x00-\\x{10FFFF}]';

/** Tests pieces of a line: `^` and `$` match at those ends of a piece only that are the line's own. */
export function pieceTester(source: string): (piece: string, edges: Edges) => boolean {
  const compiled = new Map<string, RE2JS>();
  return (piece, edges) => {
    const key = `${edges.isStart} ${edges.isEnd}`;
    const pattern = compiled.get(key) ?? RE2JS.compile(withoutEdges(source, edges));
    compiled.set(key, pattern);
    return pattern.test(piece);
  };
}

function withoutEdges(source: string, { isStart, isEnd }: Edges): string {
  return rewriteTokens(source, (token, isInClass) => {
    if (isInClass) return token;
    if (!isStart && (token === '^' || token === '\\A')) return NEVER;
    if (!isEnd && (token === '$' || token === '\\z')) return NEVER;
    return token;
  });
}
