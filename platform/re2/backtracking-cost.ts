import type { Alternatives, Node } from './parse.ts';

/** How much a backtracking engine may have to try. */
export interface Cost {
  /** Unbounded quantifiers that may follow each other. */
  unbounded: number;
  /** Paths from one position, not counting the unbounded quantifiers. */
  paths: number;
}

/** With more paths from one position a backtracking engine takes too long. RE2 never does. */
export const MAX_PATHS = 64;
const MAX_REPEAT = 50;

export function backtrackingCost(alternatives: Alternatives): Cost {
  const total = { unbounded: 0, paths: 0 };
  for (const sequence of alternatives) {
    const { unbounded, paths } = costOfSequence(sequence);
    total.unbounded = Math.max(total.unbounded, unbounded);
    total.paths += paths;
  }
  return total;
}

function costOfSequence(sequence: readonly Node[]): Cost {
  const total = { unbounded: 0, paths: 1 };
  for (const node of sequence) {
    const { unbounded, paths } = costOfNode(node);
    total.unbounded += unbounded;
    total.paths *= paths;
  }
  return total;
}

export function costOfNode(node: Node): Cost {
  const isUnbounded = node.max === Number.POSITIVE_INFINITY;
  const choices = isUnbounded ? 1 : node.max - node.min + 1;
  if (node.kind === 'atom') {
    const isRepeatedTooOften = (isUnbounded ? node.min : node.max) > MAX_REPEAT;
    return {
      unbounded: isUnbounded ? 1 : 0,
      paths: isRepeatedTooOften ? Number.POSITIVE_INFINITY : choices,
    };
  }
  const inner = backtrackingCost(node.alternatives);
  // A repeated group can backtrack exponentially.
  if (node.max > 1) return { unbounded: inner.unbounded, paths: Number.POSITIVE_INFINITY };
  return { unbounded: inner.unbounded, paths: inner.paths * choices };
}
