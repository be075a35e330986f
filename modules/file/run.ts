import type { ModuleResult } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { goDuration } from '../go-text.ts';
import type { ModuleRun } from '../module.ts';
import { makePlans, type Plan } from './checks.ts';
import { evaluateFile } from './evaluate.ts';
import { buildMatches, type Match } from './result.ts';
import { findProblem, Parameters } from './schema.ts';
import { createTally, type Tally } from './tally.ts';
import { cleanPath, walk } from './walk.ts';

/** Searches the file system by name, size, mode, time, content and hash (spec: module file). */
export const fileRun: ModuleRun = {
  async run(input) {
    const parsed = Parameters.safeParse(input ?? {});
    if (!parsed.success) return failed(`ReadInputParameters() -> json: ${describeIssues(parsed.error)}`);
    const problem = findProblem(parsed.data);
    if (problem !== undefined) return failed(problem);
    const started = process.hrtime.bigint();
    const tally = createTally();
    let plans: Plan[];
    try {
      plans = makePlans(parsed.data, cleanPath, Date.now());
    } catch (error) {
      if (error instanceof MigError) return failed(error.message);
      throw error;
    }
    const decompress = plans.some(({ search }) => search.options.decompress);
    await walk(plans, { tally, visit: (file, active) => evaluateFile(file, active, { tally, decompress }) });
    const elements: Record<string, Match[] | null> = {};
    for (const plan of plans) elements[plan.label] = await buildMatches(plan);
    const exectime = goDuration(process.hrtime.bigint() - started);
    return {
      foundanything: tally.totalHits > 0,
      success: true,
      elements,
      statistics: statistics(tally, exectime),
      errors: limitErrors(tally.errors, plans),
    };
  },

  failed,

  mask(result) {
    const elements = Object.fromEntries(
      Object.entries((result.elements ?? {}) as Record<string, Match[] | null>).map(([label, matches]) => [
        label,
        matches?.map((match) => (match.file === '' ? match : { ...match, file: 'masked' })) ?? null,
      ]),
    );
    return { ...result, elements, errors: result.errors?.map(() => 'masked') ?? null };
  },
};

function failed(error: string): ModuleResult {
  return {
    foundanything: false,
    success: false,
    elements: {},
    statistics: statistics(createTally(), ''),
    errors: [error],
  };
}

function statistics(tally: Tally, exectime: string) {
  return {
    filescount: tally.filesCount,
    openfailed: tally.openFailedCount,
    totalhits: tally.totalHits,
    exectime,
  };
}

/** Cuts the errors to the largest limit of all searches; any search with limit 0 lifts it. */
function limitErrors(errors: readonly string[], plans: readonly Plan[]): string[] | null {
  if (errors.length === 0) return null;
  const limits = plans.map(({ search }) => search.options.maxerrors);
  const limit = limits.some((value) => value <= 0) ? Number.POSITIVE_INFINITY : Math.max(...limits);
  if (errors.length <= limit) return [...errors];
  return [
    ...errors.slice(0, limit),
    `${errors.length - limit} errors were not returned (max errors = ${limit})`,
  ];
}
