import type { Node } from './parse.ts';

/** The fewest characters that a sequence of nodes matches. */
export function minLength(sequence: readonly Node[]): number {
  return sequence.reduce((sum, node) => sum + node.min * minLengthOnce(node), 0);
}

function minLengthOnce(node: Node): number {
  if (node.kind === 'atom') return node.isAnchor ? 0 : 1;
  return node.alternatives.reduce(
    (least, sequence) => Math.min(least, minLength(sequence)),
    Number.POSITIVE_INFINITY,
  );
}
