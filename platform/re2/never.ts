import { type Node, parsePattern } from './parse.ts';

/** Flags for the whole pattern. */
const LEADING_FLAGS = /^(?:\(\?[imsU]+\))+/;
/** Quoted texts, and characters by their number; any other escape as it is. */
const SPELLED_OUT =
  /\\Q(.*?)(?:\\E|$)|\\x\{([0-9a-fA-F]+)\}|\\x([0-9a-fA-F]{2})|\\(0[0-7]{0,2}|[1-7][0-7]{2})|\\./gs;

/**
 * Whether no text of `allowed` characters can match: every alternative needs another character, or one before `^` or behind
 * `$`. False where it cannot be told. The pattern must be valid.
 */
export function neverMatches(source: string, allowed: (char: string) => boolean): boolean {
  const flags = LEADING_FLAGS.exec(source)?.[0] ?? '';
  const alternatives = parsePattern(plain(source.slice(flags.length)));
  // With m, `^` and `$` match within a text, too.
  if (!alternatives || (flags.includes('m') && allowed('\n'))) return false;
  const isAllowed = flags.includes('i') ? eitherCase(allowed) : allowed;
  return !canAnyMatch(alternatives, { isAllowed, hasBefore: false, hasBehind: false });
}

/** The same pattern with its characters written as themselves. */
function plain(source: string): string {
  return source.replace(
    SPELLED_OUT,
    (token, quoted?: string, long?: string, short?: string, octal?: string) => {
      if (quoted !== undefined) return [...quoted].map(escaped).join('');
      const digits = long ?? short;
      if (digits === undefined && octal === undefined) return token;
      const code = digits === undefined ? Number.parseInt(octal ?? '', 8) : Number.parseInt(digits, 16);
      return escaped(String.fromCodePoint(code));
    },
  );
}

function escaped(char: string): string {
  return /[!-/:-@[-`{-~]/.test(char) ? `\\${char}` : char;
}

interface Place {
  isAllowed: (char: string) => boolean;
  /** Whether a character of the match stands before it, or behind. */
  hasBefore: boolean;
  hasBehind: boolean;
}

function eitherCase(allowed: (char: string) => boolean): (char: string) => boolean {
  return (char) => allowed(char.toLowerCase()) || allowed(char.toUpperCase());
}

function canAnyMatch(alternatives: readonly Node[][], place: Place): boolean {
  return alternatives.some((nodes) =>
    nodes.every((node, i) =>
      canMatch(node, {
        isAllowed: place.isAllowed,
        hasBefore: place.hasBefore || shortest(nodes.slice(0, i)) > 0,
        hasBehind: place.hasBehind || shortest(nodes.slice(i + 1)) > 0,
      }),
    ),
  );
}

function canMatch(node: Node, place: Place): boolean {
  if (node.min === 0) return true;
  if (node.kind === 'group') return canAnyMatch(node.alternatives, place);
  if (node.isAnchor)
    return !(node.source === '^' && place.hasBefore) && !(node.source === '$' && place.hasBehind);
  if (node.literal !== undefined) return place.isAllowed(node.literal);
  return holdsAllowed(new RegExp(`^${node.source}$`, 'u'), place.isAllowed);
}

function holdsAllowed(one: RegExp, isAllowed: (char: string) => boolean): boolean {
  for (let code = 0; code <= 0x10ffff; code++) {
    const char = String.fromCodePoint(code);
    if (one.test(char) && isAllowed(char)) return true;
  }
  return false;
}

/** The fewest characters that nodes in a row match. */
function shortest(nodes: readonly Node[]): number {
  return nodes.reduce((sum, node) => sum + node.min * shortestOnce(node), 0);
}

function shortestOnce(node: Node): number {
  if (node.kind === 'atom') return node.isAnchor ? 0 : 1;
  return Math.min(...node.alternatives.map(shortest));
}
