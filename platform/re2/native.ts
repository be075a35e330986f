import { backtrackingCost, MAX_PATHS } from './backtracking-cost.ts';
import type { Alternatives } from './parse.ts';
import { toSource } from './to-source.ts';

/** A pattern for JavaScript's engine, and the longest line for which its work is bounded. */
export interface Native {
  regexp: RegExp;
  maxLength: number;
}

/** By the number of unbounded quantifiers, each of which multiplies the work of backtracking by the line's length. */
const MAX_LENGTHS = [Number.POSITIVE_INFINITY, 4096, 256];

/**
 * Translates a parsed pattern where backtracking is safe: no repeated groups, few paths, few unbounded quantifiers.
 * Both engines then match the same lines: the parsed syntax is regular, and each atom has the same set of characters.
 */
export function toNative(alternatives: Alternatives): Native | undefined {
  const { paths, unbounded } = backtrackingCost(alternatives);
  const maxLength = MAX_LENGTHS[unbounded];
  if (maxLength === undefined || paths > MAX_PATHS) return undefined;
  return { regexp: new RegExp(toSource(alternatives), 'u'), maxLength };
}
