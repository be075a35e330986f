import type { ModuleResult } from '../../contract/module-result.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { findCandidates } from './find-candidates.ts';
import { readCandidates } from './read-candidates.ts';
import { findProblem, Parameters } from './schema.ts';

/** Finds files with SSH keys, then returns the fingerprints of their keys (spec/modules/sshkey.md#candidates). */
export const sshkeyRun = defineRun({
  parameters: Parameters,
  findProblem,
  async run(parameters, { terms = NO_TERMS }): Promise<ModuleResult> {
    const { paths, errors, limits } = await findCandidates(parameters, terms);
    const read = await readCandidates(paths, terms);
    const allLimits = [...limits, ...read.limits];
    const allErrors = [...errors, ...read.errors, ...read.limits];
    return {
      foundanything: read.keys.length > 0,
      success: true,
      elements: { keys: read.keys.length > 0 ? read.keys : null },
      statistics: null,
      errors: allErrors.length > 0 ? allErrors : null,
      limits: allLimits.length > 0 ? allLimits : undefined,
    };
  },
});
