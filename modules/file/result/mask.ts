import type { ModuleResult } from '../../../contract/module-result.ts';
import type { Match } from './match.ts';

const MASKED_LIMIT = 'a limit (masked)';

/** Masks every path, including those in errors, and in limits that name the end of a search. */
export function maskResult(result: ModuleResult): ModuleResult {
  const { errors, limits = [] } = result;
  const elements = Object.entries((result.elements ?? {}) as Record<string, Match[] | null>);
  return {
    ...result,
    elements: Object.fromEntries(
      elements.map(([label, matches]) => [label, matches?.map(maskMatch) ?? null]),
    ),
    errors: errors?.map((error) => (limits.includes(error) ? MASKED_LIMIT : 'masked')) ?? null,
    limits: limits.length === 0 ? undefined : [MASKED_LIMIT],
  };
}

function maskMatch(match: Match): Match {
  return match.file === '' ? match : { ...match, file: 'masked' };
}
