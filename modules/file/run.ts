import { MigError } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { type ModuleRun, NO_TERMS } from '../module.ts';
import { Parameters } from './parameters/schema.ts';
import { findDepthProblem, findProblem } from './parameters/validate.ts';
import { buildResult, failedResult } from './result/build-result.ts';
import { maskResult } from './result/mask.ts';
import { searchFiles } from './search-files.ts';
import { createSearchRun, type SearchRun } from './search-run.ts';

/**
 * Searches the file system by name, size, mode, time, content and hash (spec/modules/file.md#parameters). The
 * folders are the steps of a run: parameters → plan → walk → evaluate → result.
 */
export const fileRun: ModuleRun = {
  async run(input, { terms = NO_TERMS }) {
    const parsed = Parameters.safeParse(input ?? {});
    if (!parsed.success)
      return failedResult(`ReadInputParameters() -> json: ${describeIssues(parsed.error)}`);
    const problem = findProblem(parsed.data) ?? findDepthProblem(parsed.data);
    if (problem !== undefined) return failedResult(problem);
    let run: SearchRun;
    try {
      run = createSearchRun(parsed.data, terms);
    } catch (error) {
      if (error instanceof MigError) return failedResult(error.message);
      throw error;
    }
    await searchFiles(run);
    return buildResult(run);
  },

  failed: failedResult,
  mask: maskResult,
};
