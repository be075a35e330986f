import { patternSize } from '../../platform/re2/program-size.ts';
import type { Parameters } from './schema.ts';

const MAX_PATTERNS = 100;
const MAX_PATTERN_SIZE = 10_000;

/** Returns the first excess over the API's limits, before any pattern is compiled. MIG's own programs have no such limits. */
export function findExcess({ localmac = [], neighbormac = [] }: Parameters): string | undefined {
  const patterns = [...localmac, ...neighbormac];
  if (patterns.length > MAX_PATTERNS) return `localmac and neighbormac have more than ${MAX_PATTERNS} values`;
  const large = patterns.find((pattern) => patternSize(pattern) > MAX_PATTERN_SIZE);
  return large === undefined ? undefined : `a pattern is too large: '${large.slice(0, 64)}'`;
}
