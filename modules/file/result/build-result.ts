import { goDuration } from '../../../contract/go/duration.ts';
import type { ModuleResult } from '../../../contract/module-result.ts';
import { LARGE_FILE_BYTES, type SearchRun } from '../search-run.ts';
import { createTally, type Tally } from '../tally.ts';
import { buildMatches } from './build-matches.ts';
import { selectErrors } from './errors.ts';
import type { Match } from './match.ts';
import type { MatchListDeps } from './match-list.ts';

/** The share of matches in a result of limited size; the rest is for errors. */
const SHARE_OF_MATCHES = 0.7;

/** Builds the result of a run. */
export async function buildResult(run: SearchRun): Promise<ModuleResult> {
  const { tally, startedNs } = run;
  const elements = await buildElements(run);
  const exectime = goDuration(process.hrtime.bigint() - startedNs);
  return {
    foundanything: tally.totalHits > 0,
    success: true,
    elements,
    statistics: buildStatistics(tally, exectime),
    ...selectErrors(run),
  };
}

export function failedResult(error: string): ModuleResult {
  return {
    foundanything: false,
    success: false,
    elements: {},
    statistics: buildStatistics(createTally(), ''),
    errors: [error],
  };
}

async function buildElements(run: SearchRun): Promise<Record<string, Match[] | null>> {
  const { plans, terms, tally, deadline, buffer, decompress } = run;
  const elements: [string, Match[] | null][] = [];
  const budget = { leftBytes: terms.maxBytes * SHARE_OF_MATCHES, shareBytes: 0 };
  const deps: MatchListDeps = { tally, deadline, buffer, decompress, budget, maxBytes: LARGE_FILE_BYTES };
  for (const [index, plan] of plans.entries()) {
    budget.shareBytes = budget.leftBytes / (plans.length - index);
    elements.push([plan.label, await buildMatches(plan, deps)]);
  }
  // Not by assignment: a label may be `__proto__`.
  return Object.fromEntries(elements);
}

function buildStatistics(tally: Tally, exectime: string) {
  return {
    filescount: tally.filesCount,
    openfailed: tally.openFailedCount,
    totalhits: tally.totalHits,
    exectime,
  };
}
