import { toAgeBound } from '../../contract/period.ts';
import { patternProblem } from '../../platform/re2/pattern-problem.ts';
import { defineSearch } from '../define-search.ts';
import { CHECK_NAME, FILTERS, type Filter, KINDS, PATTERNS } from './schema.ts';

/** The checks and flags of a search. */
export const searchRules = defineSearch({
  filters: FILTERS,
  checkName: CHECK_NAME,
  switchName: 'enabled',
  patterns: PATTERNS,
  findValueProblem,
  advice: '-kind cron (-name . for everything)',
});

function findValueProblem(filter: Filter, value: string): string | undefined {
  if (PATTERNS.includes(filter)) return patternProblem(value);
  switch (filter) {
    case 'kinds':
      return KINDS.some((kind) => kind === value) ? undefined : `must be one of ${KINDS.join(', ')}`;
    case 'mtimes':
      return toAgeBound(value)
        ? undefined
        : "must be < (within) or > (before), digits, and d, h or m, as '<7d' (in quotes)";
    default:
      return undefined;
  }
}
