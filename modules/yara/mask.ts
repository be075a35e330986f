import type { ModuleResult } from '../../contract/module-result.ts';
import type { Elements } from './result.ts';

const MASKED_LIMIT = 'a limit (masked)';

/** Masks the path of each match, and the errors, most of which have one. The names of rules stay: the investigator wrote them. */
export function maskResult(result: ModuleResult): ModuleResult {
  const { errors, limits = [] } = result;
  const { Matches = null } = (result.elements ?? {}) as Partial<Elements>;
  return {
    ...result,
    elements:
      result.elements === null
        ? null
        : { Matches: Matches?.map(({ MatchedRules }) => ({ Object: 'masked', MatchedRules })) ?? null },
    // Without a scan the errors are those of the rules.
    errors: result.success
      ? (errors?.map((error) => (limits.includes(error) ? MASKED_LIMIT : 'masked')) ?? null)
      : errors,
    limits: limits.length === 0 ? undefined : [MASKED_LIMIT],
  };
}
