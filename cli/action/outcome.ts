import type { ActionView } from '../../contract/api-responses.ts';
import { isFinalAction } from '../../contract/rules/accounting.ts';
import { EXIT } from '../exit-codes.ts';
import { countModuleFailures, limitsOf, type Problems } from './problems.ts';

/** The key `outcome` of `--json`: whether the results are complete. `sent` and `success` count agents. */
export function outcomeOf(
  problems: readonly Problems[],
  { exitCode, found, sent, success }: { exitCode: number; found: number; sent: number; success: number },
) {
  const failures = countModuleFailures(problems);
  return {
    complete: exitCode === EXIT.ok,
    found,
    succeeded: Math.max(0, success - failures),
    failures,
    witherrors: problems.length,
    unanswered: sent - success,
    limits: limitsOf(problems),
  };
}

export function exitCodeOfAction(
  { status, counters, operations }: Pick<ActionView, 'status' | 'counters' | 'operations'>,
  problems: readonly Problems[],
): number {
  if (status === 'invalid') return EXIT.refused;
  if (status === 'cancelled') {
    // An upgrade that fails on too many agents cancels itself.
    const isUpgrade = operations.some(({ module }) => module === 'upgrade');
    return isUpgrade && countModuleFailures(problems) > 0 ? EXIT.incomplete : EXIT.cancelled;
  }
  if (!isFinalAction(status) || (counters.sent ?? 0) > (counters.success ?? 0)) return EXIT.incomplete;
  return exitCodeOfProblems(problems);
}

export function exitCodeOfProblems(problems: readonly Problems[]): number {
  if (problems.some(({ hasFailed }) => hasFailed)) return EXIT.incomplete;
  return problems.length > 0 ? EXIT.errors : EXIT.ok;
}
