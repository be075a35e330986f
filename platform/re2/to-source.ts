import type { Alternatives, Node } from './parse.ts';

/** Writes a parsed pattern as JavaScript source for the flag `u`. */
export function toSource(alternatives: Alternatives): string {
  return alternatives.map((sequence) => sequence.map(nodeSource).join('')).join('|');
}

function nodeSource(node: Node): string {
  const source = node.kind === 'atom' ? node.source : `(?:${toSource(node.alternatives)})`;
  if (node.min === 1 && node.max === 1) return source;
  const to = node.max === Number.POSITIVE_INFINITY ? '' : node.max;
  // JavaScript cannot repeat an anchor, but it can repeat a group with one.
  return `(?:${source}){${node.min},${to}}`;
}
