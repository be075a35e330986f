import { patternSize } from '../../platform/re2/program-size.ts';
import type { Parameters } from './schema.ts';

const MAX_PATTERN_SIZE = 10_000;
/** Of all patterns that are compiled to check a policy. */
const MAX_TOTAL_SIZE = 1_000_000;

/** Returns the first excess over the API's limits, before any pattern is compiled. */
export function findExcess({ scribedoc }: Parameters): string | undefined {
  let total = 0;
  for (const {
    object,
    package: { collectmatch },
    filecontent,
    hasline,
  } of scribedoc.objects) {
    const patterns = [
      collectmatch,
      filecontent.file,
      filecontent.expression,
      hasline.file,
      hasline.expression,
    ];
    for (const pattern of patterns) {
      const size = patternSize(pattern);
      if (size > MAX_PATTERN_SIZE) {
        return `object '${object.slice(0, 64)}' has a pattern that is too large: '${pattern.slice(0, 64)}'`;
      }
      total += size;
    }
    if (total > MAX_TOTAL_SIZE) return 'the patterns of the policy are too large together';
  }
  return undefined;
}
