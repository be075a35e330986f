import { patternSize } from '../../../platform/re2/program-size.ts';
import { FILTERS, type Parameters } from './schema.ts';

const MAX_VALUES = 100;
const MAX_PATTERN_SIZE = 10_000;

/** Returns the first excess over the API's limits, before any pattern is compiled. MIG's own programs have no such limits. */
export function findExcess({ searches }: Parameters): string | undefined {
  for (const [label, search] of Object.entries(searches)) {
    const values = FILTERS.flatMap((filter) => search[filter] ?? []);
    const paths = [search.paths, search.excludes, search.excluderegexes].map((list) => list?.length ?? 0);
    if (Math.max(values.length, ...paths) > MAX_VALUES) {
      return `search '${label}' has more than ${MAX_VALUES} values`;
    }
    const patterns = [search.contents, search.names, search.modes, search.excluderegexes].flatMap(
      (list) => list ?? [],
    );
    const large = patterns.find((pattern) => patternSize(pattern) > MAX_PATTERN_SIZE);
    if (large !== undefined) {
      return `search '${label}' has a pattern that is too large: '${large.slice(0, 64)}'`;
    }
  }
  return undefined;
}
