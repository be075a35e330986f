import { goErrno } from '../../contract/go/errno.ts';
import { EMPTY_RESULT, type ModuleResult } from '../../contract/module-result.ts';
import { defineRun } from '../define-run.ts';
import { checkAgents } from './check.ts';
import { killAgent } from './kill.ts';
import { Refusal } from './refusal.ts';
import { removeExecutable } from './remove.ts';
import { findProblem, Parameters } from './schema.ts';

/**
 * Performs one of three operations for the last steps of an upgrade (spec/modules/agentdestroy.md#steps): ends another
 * agent of this installation, lists those that run, or removes the executable of one.
 */
export const agentdestroyRun = defineRun({
  parameters: Parameters,
  findProblem,
  whyFailed: (error) => (error instanceof Refusal ? error.message : goErrno(error)),
  run: async (parameters) => ({ ...EMPTY_RESULT, success: true, ...(await perform(parameters)) }),
});

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
