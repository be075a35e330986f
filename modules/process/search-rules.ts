import { toAgeBound } from '../../contract/period.ts';
import { patternProblem } from '../../platform/re2/pattern-problem.ts';
import { defineSearch } from '../define-search.ts';
import { CHECK_NAME, FILTERS, type Filter, PATTERNS } from './schema.ts';
import { parseSocketCheck } from './socket-check.ts';

/** The checks and flags of a search. */
export const searchRules = defineSearch({
  filters: FILTERS,
  checkName: CHECK_NAME,
  switchName: 'deleted',
  patterns: [...PATTERNS, 'parents'],
  findValueProblem,
  advice: "-name '^sshd$' (-name . for every process)",
});

function findValueProblem(filter: Filter, value: string): string | undefined {
  if (PATTERNS.includes(filter)) return patternProblem(value);
  switch (filter) {
    case 'parents':
      return /^\d+$/.test(value) ? undefined : patternProblem(value);
    case 'started':
      return toAgeBound(value)
        ? undefined
        : "must be < (within) or > (before), digits, and d, h or m, as '<2h' (in quotes)";
    case 'sockets':
      return parseSocketCheck(value)
        ? undefined
        : "must be '[local|remote] [ip or cidr][:port or :from-to]', as 'remote 10.0.0.0/8:443'";
    case 'sha256':
      return /^[0-9A-Fa-f]{64}$/.test(value) ? undefined : 'must be 64 hex digits';
    default:
      return undefined;
  }
}
