import { createPatternCompiler } from '../../platform/re2/pattern-compiler.ts';
import { defineRun } from '../define-run.ts';
import { NO_TERMS } from '../module.ts';
import { Parameters } from './parameters/schema.ts';
import { findDepthProblem, findProblem } from './parameters/validate.ts';
import { buildResult, failedResult } from './result/build-result.ts';
import { maskResult } from './result/mask.ts';
import { searchFiles } from './search-files.ts';
import { createSearchRun } from './search-run.ts';

/**
 * Searches the file system by name, size, mode, time, content and hash (spec/modules/file.md#parameters). The
 * folders are the steps of a run: parameters → plan → walk → evaluate → result.
 */
export const fileRun = defineRun({
  parameters: Parameters,
  // Actions that MIG ships have these: forms of its first versions.
  ignoresUnknown: (field) => !field.startsWith('searches.') || field.endsWith('.regexes'),
  async run(parameters, { terms = NO_TERMS }) {
    const compile = createPatternCompiler();
    const problem = findProblem(parameters, compile) ?? findDepthProblem(parameters);
    if (problem !== undefined) return failedResult(problem);
    const run = createSearchRun(parameters, { terms, compile });
    await searchFiles(run);
    return buildResult(run);
  },
  failed: failedResult,
  mask: maskResult,
});
