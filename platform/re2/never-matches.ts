import { minLength } from './min-length.ts';
import { type Alternatives, type Node, parsePattern } from './parse.ts';

/** Flags for the whole pattern. */
const LEADING_FLAGS = /^(?:\(\?[imsU]+\))+/;
/** Quotations and numeric escapes; any other escape stays as it is. */
const SPELLED_OUT =
  /\\Q(.*?)(?:\\E|$)|\\x\{([0-9a-fA-F]+)\}|\\x([0-9a-fA-F]{2})|\\(0[0-7]{0,2}|[1-7][0-7]{2})|\\./gs;

/**
 * Whether no text of allowed characters can match: every alternative needs another character, or a character before `^`
 * or after `$`. Returns false when in doubt. The pattern must be valid.
 */
export function neverMatches(source: string, isAllowed: (char: string) => boolean): boolean {
  const flags = LEADING_FLAGS.exec(source)?.[0] ?? '';
  const alternatives = parsePattern(simplifyEscapes(source.slice(flags.length)));
  // With the flag m, `^` and `$` match inside a text as well.
  if (!alternatives || (flags.includes('m') && isAllowed('\n'))) return false;
  const isCharAllowed = flags.includes('i') ? ignoringCase(isAllowed) : isAllowed;
  return !canAnyMatch(alternatives, { isAllowed: isCharAllowed, hasCharBefore: false, hasCharAfter: false });
}

/** Replaces quotations and numeric escapes by plain characters, which `parsePattern` supports. */
function simplifyEscapes(source: string): string {
  return source.replace(
    SPELLED_OUT,
    (token, quoted?: string, long?: string, short?: string, octal?: string) => {
      if (quoted !== undefined) return [...quoted].map(escapePunctuation).join('');
      const hex = long ?? short;
      if (hex !== undefined) return charOf(Number.parseInt(hex, 16));
      return octal === undefined ? token : charOf(Number.parseInt(octal, 8));
    },
  );
}

function charOf(code: number): string {
  return escapePunctuation(String.fromCodePoint(code));
}

function escapePunctuation(char: string): string {
  return /[!-/:-@[-`{-~]/.test(char) ? `\\${char}` : char;
}

function ignoringCase(isAllowed: (char: string) => boolean): (char: string) => boolean {
  return (char) => isAllowed(char.toLowerCase()) || isAllowed(char.toUpperCase());
}

interface Context {
  isAllowed: (char: string) => boolean;
  /** Whether the match has a character before the node, or after it. */
  hasCharBefore: boolean;
  hasCharAfter: boolean;
}

function canAnyMatch(alternatives: Alternatives, context: Context): boolean {
  return alternatives.some((sequence) =>
    sequence.every((node, i) =>
      canMatch(node, {
        isAllowed: context.isAllowed,
        hasCharBefore: context.hasCharBefore || minLength(sequence.slice(0, i)) > 0,
        hasCharAfter: context.hasCharAfter || minLength(sequence.slice(i + 1)) > 0,
      }),
    ),
  );
}

function canMatch(node: Node, context: Context): boolean {
  if (node.min === 0) return true;
  if (node.kind === 'group') return canAnyMatch(node.alternatives, context);
  if (node.source === '^') return !context.hasCharBefore;
  if (node.source === '$') return !context.hasCharAfter;
  if (node.isAnchor) return true;
  if (node.literal !== undefined) return context.isAllowed(node.literal);
  return classHasAllowedChar(new RegExp(`^${node.source}$`, 'u'), context.isAllowed);
}

function classHasAllowedChar(charClass: RegExp, isAllowed: (char: string) => boolean): boolean {
  for (let code = 0; code <= 0x10ffff; code++) {
    const char = String.fromCodePoint(code);
    if (charClass.test(char) && isAllowed(char)) return true;
  }
  return false;
}
