import { type Node, parsePattern } from './parse.ts';

/** Flags in front of a pattern that make it match no other lengths and no other places. */
const LEADING_FLAGS = /^(?:\(\?[isU]+\))+/;

/**
 * Whether no line of `allowed` characters can match: an alternative needs another one, or something before `^` or behind
 * `$`. False where it cannot be told. The pattern must be valid.
 */
export function neverMatches(source: string, allowed: (char: string) => boolean): boolean {
  const flags = LEADING_FLAGS.exec(source)?.[0] ?? '';
  const alternatives = parsePattern(source.slice(flags.length));
  if (!alternatives) return false;
  const isAllowed = flags.includes('i') ? eitherCase(allowed) : allowed;
  return !canAnyMatch(alternatives, { isAllowed, hasBefore: false, hasBehind: false });
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
