import { TARGET_LIMITS } from './allow-list.ts';
import { asType, builtInName, constantText, forbidden, isConstant, listOf } from './node.ts';

/**
 * Checks the right side of a regular expression match: constants only, and none that Postgres would expand into a
 * huge automaton or match by backtracking.
 */
export function checkPattern(value: unknown): void {
  for (const pattern of patternsOf(value)) {
    if (pattern.length > TARGET_LIMITS.patternCharacters) throw forbidden('a regular expression is too long');
    if (/^(\*\*\*|\(\?[a-z]*[beqx])/.test(pattern) || pattern.includes('(?#')) {
      throw forbidden('a regular expression of another grammar, or with a comment, is not allowed');
    }
    if (/\\[1-9]/.test(pattern)) throw forbidden('a back reference in a regular expression is not allowed');
    if (/\)[*+?]*\{/.test(pattern))
      throw forbidden('a repeat {…} of a group in a regular expression is not allowed');
    if (sumOfBounds(pattern) > TARGET_LIMITS.patternRepeats) {
      throw forbidden('a regular expression repeats too often');
    }
  }
}

/** The upper bound of each `{n}`, `{n,}` or `{n,m}`, summed. */
function sumOfBounds(pattern: string): number {
  const bounds = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)];
  return bounds.reduce((sum, [, least, most]) => sum + Number(most || least), 0);
}

/** LIKE and SIMILAR TO with ESCAPE call a function. Returns its arguments if they are constants. */
export function escapedPattern(value: unknown): readonly unknown[] | undefined {
  const call = asType(value, 'FuncCall');
  if (!call) return undefined;
  const { name, isBuiltIn } = builtInName(call.funcname);
  const args = listOf(call.args);
  const isEscape = isBuiltIn && (name === 'like_escape' || name === 'similar_to_escape');
  if (!isEscape || !args.every(isConstant)) return undefined;
  // With another escape character a back reference would not look like one.
  if (name === 'similar_to_escape' && args.length > 1)
    throw forbidden('SIMILAR TO with ESCAPE is not allowed');
  return args;
}

function patternsOf(value: unknown): string[] {
  const array = asType(value, 'A_ArrayExpr');
  const parts = array ? listOf(array.elements) : (escapedPattern(value) ?? [value]);
  return parts.map((part) => {
    const text = constantText(part);
    if (text === undefined) throw forbidden('a regular expression must be a constant');
    return text;
  });
}
