import type { ModuleResult } from '../module-result.ts';
import { ACL_REFUSALS, COMMAND_REFUSED } from '../rules/acl.ts';
import { UNSUPPORTED } from '../rules/agent-needs.ts';
import { type Answered, hidingErrors, outcomeOf, type Verdict } from '../rules/verdict.ts';
import { printable } from '../text/printable.ts';

/** The verdict of a check on one endpoint, and why it is neither pass, fail nor notapplicable. */
export interface Judgement {
  verdict: Verdict;
  /** Printable; null for a decided verdict. */
  reason: string | null;
}

const MAX_REASON = 300;
const NO_MODULE = /^module '[^']*' is not available$/;
const TIMED_OUT = /^module '[^']*' (?:was killed after|had no time left)/;

/**
 * Says why a check is undecided. One that its endpoint cannot run, or may not by its ACL, was not checked. The words come
 * from the endpoint, which may be hostile.
 */
export function judge(
  verdict: Verdict,
  answers: readonly Answered[],
  results: readonly (ModuleResult | undefined)[],
): Judgement {
  if (verdict !== 'error' && verdict !== 'unknown') return { verdict, reason: null };
  const failed = answers.find((answer) => outcomeOf(answer) === 'failed');
  if (failed === undefined) return { verdict, reason: toReason(whyIncomplete(answers)) };
  const error = errorOf(failed, results);
  if (error === undefined) return { verdict, reason: whyWithoutError(failed) };
  const why = whyNotRun(error);
  if (why !== undefined) return { verdict: 'notchecked', reason: toReason(why) };
  return { verdict, reason: toReason(whyFailed(error)) };
}

/** Text from outside as a reason: short, and safe to print. */
export function toReason(text: string): string {
  const isLong = text.length > MAX_REASON;
  return printable(isLong ? `${text.slice(0, MAX_REASON - 1)}…` : text);
}

/** The first error of a result, or of the only one: an answer of one failed result is about the whole action. */
function errorOf({ result }: Answered, results: readonly (ModuleResult | undefined)[]): string | undefined {
  const failed = result ?? (results.length === 1 ? results[0] : undefined);
  return failed?.success === false ? failed.errors?.[0] : undefined;
}

function whyWithoutError({ result }: Answered): string {
  if (result === undefined) return 'the answer has no result for it';
  if (result.success) return 'the answer is not one to what was asked';
  return 'failed without an error, as at a time limit';
}

/** Why an endpoint did not even try; undefined when it did. */
function whyNotRun(error: string): string | undefined {
  if (error.startsWith(UNSUPPORTED)) return lackOf(error.slice(UNSUPPORTED.length));
  if (NO_MODULE.test(error))
    return `agent has no ${error.replace(' is not available', '').replaceAll("'", '')}`;
  const refusal = refusalOf(error);
  const isByAcl = refusal !== undefined && ACL_REFUSALS.some((start) => refusal.startsWith(start));
  return isByAcl ? `refused by its ACL: ${refusal}` : undefined;
}

function lackOf(lack: string): string {
  const [, module] = /^the module (\S+)$/.exec(lack) ?? [];
  return module === undefined ? `agent has not announced ${lack}` : `agent has no module ${module}`;
}

function refusalOf(error: string): string | undefined {
  return error.startsWith(COMMAND_REFUSED) ? error.slice(COMMAND_REFUSED.length) : undefined;
}

function whyFailed(error: string): string {
  if (TIMED_OUT.test(error)) return `timed out: ${error}`;
  const refusal = refusalOf(error);
  return refusal === undefined ? `failed: ${error}` : `refused: ${refusal}`;
}

function whyIncomplete(answers: readonly Answered[]): string {
  const undecided = answers.find((answer) => outcomeOf(answer) === 'undecided');
  const [first] = undecided?.result === undefined ? [] : hidingErrors(undecided.result);
  return first === undefined ? 'the answers do not decide' : `incomplete: ${first}`;
}
