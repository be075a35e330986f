import type { ModuleResult } from '../../../contract/module-result.ts';
import { toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import type { RunTerms } from '../../module.ts';
import type { Plan } from '../plan/plan.ts';
import { MAX_HITS, type Sentence, type Tally } from '../tally.ts';

/** The shares of a result of limited size. Limits are listed twice, among the errors and alone. */
const SHARE_OF_ERRORS = 0.2;
const SHARE_OF_LIMITS = 0.04;
const MAX_LIMIT_LENGTH = 500;
/** JSON's quotes, comma and escapes around an error. */
const OVERHEAD_BYTES = 16;

/**
 * Selects the errors to return: as many as fit, up to the largest -maxerrors of all searches (0 in any disables it). The
 * limits that cut the result follow them, and are repeated alone in `limits`.
 */
export function selectErrors(run: {
  plans: readonly Plan[];
  tally: Tally;
  terms: RunTerms;
}): Pick<ModuleResult, 'errors' | 'limits'> {
  const { plans, tally, terms } = run;
  const hidesNames = plans.some(({ search }) => search.options.count);
  const textOf = ({ text, withoutNames }: Sentence) => (hidesNames ? withoutNames : text);
  const maxErrors = largestErrorLimit(plans);
  const selected = hidesNames
    ? countedErrors(tally)
    : cutToBytes(tally.errors.slice(0, maxErrors), terms.maxBytes * SHARE_OF_ERRORS);
  const returned = hidesNames ? tally.errorsCount : selected.length;
  const limits = [
    ...missingErrorsNotice({ total: tally.errorsCount, returned, maxErrors }),
    ...tally.notices.map(textOf),
    ...plans.flatMap((plan) => limitNotices(plan, { ...terms, hidesNames })),
  ];
  const remarks = cutToBytes(tally.remarks.map(textOf), terms.maxBytes * SHARE_OF_LIMITS);
  // Paths in the texts may contain bytes that are not UTF-8.
  const displayedLimits = cutLimits(limits.map(toDisplayPath), terms.maxBytes * SHARE_OF_LIMITS);
  const errors = [...[...selected, ...remarks].map(toDisplayPath), ...displayedLimits];
  return {
    errors: errors.length === 0 ? null : errors,
    // MIG's own programs compare results by the keys that they know.
    limits: displayedLimits.length === 0 || terms.asMig ? undefined : displayedLimits,
  };
}

/** Every error names a file, which a search that only counts must not. */
function countedErrors({ errorsCount }: Tally): string[] {
  return errorsCount === 0
    ? []
    : [
        `${errorsCount} errors, without their texts because of -count: files that they name may not be counted`,
      ];
}

function largestErrorLimit(plans: readonly Plan[]): number {
  const limits = plans.map(({ search }) => search.options.maxerrors);
  return limits.some((limit) => limit <= 0) ? Number.POSITIVE_INFINITY : Math.trunc(Math.max(...limits));
}

function missingErrorsNotice(counts: { total: number; returned: number; maxErrors: number }): string[] {
  const { total, returned, maxErrors } = counts;
  const missing = total - returned;
  if (missing <= 0) return [];
  const why =
    returned === maxErrors ? `max errors = ${maxErrors}` : `the ${returned} before are all that fits`;
  return [`${missing} errors were not returned (${why})`];
}

function cutToBytes(texts: readonly string[], maxBytes: number): string[] {
  let bytes = 0;
  const end = texts.findIndex((text) => {
    bytes += Buffer.byteLength(text) + OVERHEAD_BYTES;
    return bytes > maxBytes;
  });
  return end < 0 ? [...texts] : texts.slice(0, end);
}

/** Keeps at least the first limit: a result that was cut must never look complete. */
function cutLimits(limits: readonly string[], maxBytes: number): string[] {
  const fitting = cutToBytes(limits, maxBytes);
  const kept =
    fitting.length > 0 ? fitting : limits.slice(0, 1).map((text) => text.slice(0, MAX_LIMIT_LENGTH));
  const missing = limits.length - kept.length;
  return missing === 0 ? kept : [...kept, `${missing} more limits`];
}

/** The default of the command line. A limit this large was not chosen to shorten the answer. */
const DEFAULT_LIMIT = 1000;

/** MIG does not report a reached limit, so its own programs learn only of those that nobody chose. */
function limitNotices(
  { label, search, limitsReached, stoppedAt }: Plan,
  { asMig, hidesNames }: RunTerms & { hidesNames: boolean },
): string[] {
  const { matchlimit, maxdepth } = search.options;
  const notices: string[] = [];
  if (limitsReached.has('memory')) {
    notices.push(
      `search '${label}' ended at ${MAX_HITS} matches, the most that an agent keeps: there may be more`,
    );
  }
  if (limitsReached.has('maxtime')) {
    const at = hidesNames || stoppedAt === undefined ? '' : `, at ${toDisplayPath(stoppedAt)}`;
    notices.push(
      `search '${label}' ended when its time of ${search.options.maxtime} was over${at}: the rest was not searched (see -maxtime)`,
    );
  }
  if (limitsReached.has('matchlimit') && (!asMig || matchlimit >= DEFAULT_LIMIT)) {
    notices.push(
      `search '${label}' ended at its limit of ${matchlimit} matches: there may be more (see -matchlimit)`,
    );
  }
  if (limitsReached.has('maxdepth') && maxdepth >= DEFAULT_LIMIT) {
    notices.push(`search '${label}' did not enter folders below level ${maxdepth} (see -maxdepth)`);
  }
  return notices;
}
