import { TARGET_LIMITS } from './allow-list.ts';
import { forbidden } from './node.ts';
import type { Scope } from './scope.ts';

/** Where the walk is in the tree, and its counts over the whole target. */
export interface Position {
  scope: Scope;
  depth: number;
  /** Sub-selects around this node. */
  selects: number;
  counts: Counts;
}

export interface Counts {
  nodes: number;
  fromItems: number;
  namesStatus: boolean;
}

/** The position of a child node, counted. Refuses a target with too many nodes or too deep a tree. */
export function descend(parent: Position): Position {
  const { counts } = parent;
  const depth = parent.depth + 1;
  counts.nodes++;
  if (counts.nodes > TARGET_LIMITS.nodes) throw forbidden('the condition has too many parts');
  if (depth > TARGET_LIMITS.depth) throw forbidden('the condition is nested too deeply');
  return { ...parent, depth };
}
