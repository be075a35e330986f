import type { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { unreadField } from '../contract/fields.ts';
import { EMPTY_RESULT, type ModuleResult } from '../contract/module-result.ts';
import { readAs } from '../contract/read-as.ts';
import type { ModuleRun, RunContext } from './module.ts';

/** The parts of the half that runs on an endpoint. */
interface RunDefinition<Parameters> {
  parameters: z.ZodType<Parameters>;
  /** Returns the first problem that the schema does not find; undefined when there is none. */
  findProblem?(parameters: Parameters): string | undefined;
  /** Returns a parameter that MIG accepts and that must be a mistake. MIG's own programs get MIG's answer. */
  findMistake?(parameters: Parameters): string | undefined;
  /** Runs with checked parameters. What it throws is a defect, unless `whyFailed` explains it. */
  run(parameters: Parameters, context: RunContext): Promise<ModuleResult>;
  /** The text of an error that fails the run; undefined for a defect. By default the message of a MigError. */
  whyFailed?(error: unknown): string | undefined;
  /** The failed result; by default without elements and statistics. */
  failed?(error: string): ModuleResult;
  mask?(result: ModuleResult): ModuleResult;
  /** Whether an unknown parameter, given by its path, is ignored. By default each is refused. */
  ignoresUnknown?(field: string): boolean;
  /** True for a module that MIG does not have: its answers need not be like MIG's. */
  isUnknownToMig?: boolean;
}

/**
 * Makes the half that runs on an endpoint. It parses again, because parameters come from the network. A parameter that the
 * schema drops is refused: without a misspelt filter a search would match everything. MIG's own programs are answered as
 * MIG does, which ignores it.
 */
export function defineRun<Parameters>({
  parameters: schema,
  findProblem,
  findMistake,
  run,
  whyFailed = messageOfMigError,
  failed = failedResult,
  mask,
  ignoresUnknown = () => false,
  isUnknownToMig = false,
}: RunDefinition<Parameters>): ModuleRun {
  return {
    failed,
    ...(mask && { mask }),
    async run(input, context) {
      const parsed = readAs(schema, input ?? {});
      if (!parsed.success) return failed(`ReadInputParameters() -> json: ${parsed.problem}`);
      const isAnsweredAsMig = !isUnknownToMig && context.terms?.asMig === true;
      const unread = isAnsweredAsMig ? undefined : unreadField(input, parsed.data);
      if (unread !== undefined && !ignoresUnknown(unread))
        return failed(`unknown parameter '${unread}': without it the result would be another`);
      const mistake = isAnsweredAsMig ? undefined : findMistake?.(parsed.data);
      const problem = mistake ?? findProblem?.(parsed.data);
      if (problem !== undefined) return failed(problem);
      try {
        return await run(parsed.data, context);
      } catch (error) {
        const why = whyFailed(error);
        if (why === undefined) throw error;
        return failed(why);
      }
    },
  };
}

/** The result of a run that failed, as most modules of MIG return it. */
export function failedResult(error: string): ModuleResult {
  return { ...EMPTY_RESULT, errors: [error] };
}

function messageOfMigError(error: unknown): string | undefined {
  return error instanceof MigError ? error.message : undefined;
}
