import type { ModuleResult } from '../../contract/module-result.ts';
import { createResultRoom, fitTexts } from '../../contract/result-room.ts';
import type { RunTerms } from '../module.ts';

/** A file with a rule that matches. The names are MIG's. */
interface Match {
  Object: string;
  MatchedRules: string[];
}

export interface Elements {
  Matches: Match[] | null;
}

/** What a run found. Errors and limits are texts of their own. */
export interface Findings {
  matches: Match[];
  errors: string[];
  limits: string[];
}

/** The share of a result for texts; they are fitted again within it. */
const SHARE_OF_TEXTS = 0.5;

/** Builds the result of a run (spec/modules/yara.md#result). */
export function buildResult(found: Findings, { maxBytes, asMig }: RunTerms): ModuleResult {
  const room = createResultRoom(maxBytes);
  const end = found.matches.findIndex((match) => !room.take(match));
  const matches = end < 0 ? found.matches : found.matches.slice(0, end);
  const missing = found.matches.length - matches.length;
  const limits = fitTexts(
    missing === 0
      ? found.limits
      : [
          ...found.limits,
          `${missing} of ${found.matches.length} matches were not returned: the result has no room for them`,
        ],
    maxBytes * SHARE_OF_TEXTS,
  );
  const errors = [...fitTexts(found.errors, maxBytes * SHARE_OF_TEXTS), ...limits];
  return {
    foundanything: found.matches.length > 0,
    success: true,
    elements: { Matches: matches.length > 0 ? matches : null } satisfies Elements,
    statistics: null,
    errors: errors.length > 0 ? errors : null,
    // MIG's own programs compare results by the keys that they know.
    limits: limits.length === 0 || asMig ? undefined : limits,
  };
}
