import { MigError } from '../../contract/errors.ts';
import { readAs } from '../../contract/read-as.ts';
import type { Path } from '../../platform/machine/directory/system-path.ts';
import { type CompilePattern, createPatternCompiler } from '../../platform/re2/pattern-compiler.ts';
import type { RunTerms } from '../module.ts';
import { Parameters } from './parameters/schema.ts';
import { findDepthProblem, findProblem } from './parameters/validate.ts';
import type { Plan } from './plan/plan.ts';
import { selectErrors } from './result/errors.ts';
import { searchFiles } from './search-files.ts';
import { createSearchRun } from './search-run.ts';

export { type Path, toDisplayPath, toSystemPath } from '../../platform/machine/directory/system-path.ts';
// What another module needs for the files that it found.
export { LargeFileError, openRegularFile } from './filesystem/open-file.ts';
export { readWholeFile } from './filesystem/read-whole-file.ts';
/** Makes parameters of one search from flags, with the defaults of the command line. */
export { toParameters as flagsToParameters } from './flags.ts';

/** What a search found. Texts may be returned as they are. */
export interface FoundFiles {
  /** In the order of the walk (with matchany, check by check), each once, at most 200,000. A path keeps its bytes. */
  paths: Path[];
  /** As in a result: the limits are among them, at the end. */
  errors: string[];
  limits: string[];
}

/**
 * The search of module `file`, for other modules, in their process. `terms` are those of the search: it ends at its time
 * with what it has, and its errors and limits stay within their share of `maxBytes`. Throws MigError for parameters that
 * module `file` refuses, with its text.
 */
export async function findFiles(parameters: unknown, terms: RunTerms): Promise<FoundFiles> {
  const compile = createPatternCompiler();
  const run = createSearchRun(parseParameters(parameters, compile), { terms, compile });
  await searchFiles(run);
  const { errors, limits } = selectErrors(run);
  return { paths: pathsOf(run.plans), errors: errors ?? [], limits: limits ?? [] };
}

function parseParameters(parameters: unknown, compile: CompilePattern): Parameters {
  const parsed = readAs(Parameters, parameters);
  if (!parsed.success) throw new MigError('parameters_invalid', parsed.problem);
  const problem = findProblem(parsed.data, compile) ?? findDepthProblem(parsed.data);
  if (problem !== undefined) throw new MigError('parameters_invalid', problem);
  return parsed.data;
}

/** A search with matchany has its matches at its checks. */
function pathsOf(plans: readonly Plan[]): Path[] {
  const paths = new Set<Path>();
  const sets = plans.flatMap(({ matches, checks }) => [matches, ...checks.map((check) => check.matches)]);
  for (const matches of sets) for (const path of matches) paths.add(path);
  return [...paths];
}
