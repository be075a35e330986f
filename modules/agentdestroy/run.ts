import { EMPTY_RESULT, type ModuleResult } from '../../contract/command.ts';
import { describeIssues } from '../../contract/fields.ts';
import { goErrno } from '../../contract/go/errno.ts';
import type { ModuleRun } from '../module.ts';
import { checkAgents } from './check.ts';
import { killAgent } from './kill.ts';
import { Refusal } from './refusal.ts';
import { removeExecutable } from './remove.ts';
import { findProblem, Parameters } from './schema.ts';

/**
 * Performs one of three operations for the last steps of an upgrade (spec/modules/agentdestroy.md#steps): ends another
 * agent of this installation, lists those that run, or removes the executable of one.
 */
export const agentdestroyRun: ModuleRun = {
  async run(input) {
    const parsed = Parameters.safeParse(input ?? {});
    if (!parsed.success) return failed(`ReadInputParameters() -> json: ${describeIssues(parsed.error)}`);
    const problem = findProblem(parsed.data);
    if (problem !== undefined) return failed(problem);
    try {
      return { ...EMPTY_RESULT, success: true, ...(await perform(parsed.data)) };
    } catch (error) {
      return failed(error instanceof Refusal ? error.message : goErrno(error));
    }
  },
  failed,
};

function perform(parameters: Parameters): Promise<Partial<ModuleResult>> {
  switch (parameters.operation) {
    case 'kill':
      return killAgent(parameters);
    case 'check':
      return checkAgents();
    case 'remove':
      return removeExecutable(parameters);
  }
}

function failed(error: string): ModuleResult {
  return { ...EMPTY_RESULT, errors: [error] };
}
