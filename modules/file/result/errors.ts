import type { ModuleResult } from '../../../contract/command.ts';
import type { RunTerms } from '../../module.ts';
import { shownPath } from '../filesystem/paths.ts';
import type { Plan } from '../plan/plan.ts';
import { MAX_HITS, type Tally } from '../tally.ts';

/** From here on a limit is the default of the command line, or more: nobody chose it to see just so much. */
const DEFAULT_LIMIT = 1000;
/** Of an answer that is limited. */
const SHARE_OF_ERRORS = 0.2;
/** They are told twice. */
const SHARE_OF_LIMITS = 0.04;
const MAX_LIMIT_LENGTH = 500;

/**
 * The errors as they are returned: cut to the largest limit of all searches, where any search with limit 0 lifts it, and
 * to what fits; then what limits did to the answer, which stands by itself, too.
 */
export function returnedErrors(run: {
  plans: readonly Plan[];
  tally: Tally;
  terms: RunTerms;
}): Pick<ModuleResult, 'errors' | 'limits'> {
  const { plans, tally, terms } = run;
  const limits: string[] = [];
  const limit = errorLimit(plans);
  const fitting = cutToBytes(tally.errors.slice(0, limit), terms.maxBytes * SHARE_OF_ERRORS);
  const missing = tally.errorsCount - fitting.length;
  if (missing > 0) {
    const why =
      fitting.length === limit ? `max errors = ${limit}` : `the ${fitting.length} before are all that fits`;
    limits.push(`${missing} errors were not returned (${why})`);
  }
  limits.push(...tally.notices, ...plans.flatMap((plan) => cutNotices(plan, terms)));
  // Names in them may hold bytes that are not UTF-8.
  const shown = cutLimits(limits.map(shownPath), terms.maxBytes * SHARE_OF_LIMITS);
  const errors = [...fitting.map(shownPath), ...shown];
  return {
    errors: errors.length === 0 ? null : errors,
    // MIG's programs compare what they know.
    ...(shown.length === 0 || terms.asMig ? {} : { limits: shown }),
  };
}

function errorLimit(plans: readonly Plan[]): number {
  const limits = plans.map(({ search }) => search.options.maxerrors);
  return limits.some((value) => value <= 0) ? Number.POSITIVE_INFINITY : Math.trunc(Math.max(...limits));
}

function cutToBytes(errors: readonly string[], maxBytes: number): string[] {
  let bytes = 0;
  const end = errors.findIndex((error) => {
    bytes += Buffer.byteLength(error) + 16;
    return bytes > maxBytes;
  });
  return end < 0 ? [...errors] : errors.slice(0, end);
}

/** The first of them at least: somebody who asked much of an agent with little room has to hear of it. */
function cutLimits(limits: readonly string[], maxBytes: number): string[] {
  const fitting = cutToBytes(limits, maxBytes);
  const kept =
    fitting.length > 0 ? fitting : limits.slice(0, 1).map((text) => text.slice(0, MAX_LIMIT_LENGTH));
  const missing = limits.length - kept.length;
  return missing === 0 ? kept : [...kept, `${missing} more limits`];
}

/** MIG says nothing of a limit that was reached; its own programs are told only of one that nobody chose. */
function cutNotices({ label, search, cuts }: Plan, { asMig }: RunTerms): string[] {
  const { matchlimit, maxdepth } = search.options;
  const notices: string[] = [];
  if (cuts.has('memory'))
    notices.push(
      `search '${label}' ended when ${MAX_HITS} matches were found, more than an agent holds: there may be more`,
    );
  if (cuts.has('matchlimit') && (!asMig || matchlimit >= DEFAULT_LIMIT))
    notices.push(
      `search '${label}' ended at its limit of ${matchlimit} matches: there may be more (see -matchlimit)`,
    );
  if (cuts.has('maxdepth') && maxdepth >= DEFAULT_LIMIT)
    notices.push(`search '${label}' did not enter folders below level ${maxdepth} (see -maxdepth)`);
  return notices;
}
