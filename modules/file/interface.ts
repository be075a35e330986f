import { MigError } from '../../contract/errors.ts';
import { describeIssues } from '../../contract/fields.ts';
import { parseGoFlags } from '../../contract/go/flags.ts';
import type { ModuleInterface } from '../module.ts';
import { FLAGS, toParameters } from './flags.ts';
import { HELP } from './help.ts';
import { findExcess } from './parameters/excess.ts';
import { findFlagMistake } from './parameters/flag-mistakes.ts';
import { findMistake } from './parameters/mistakes.ts';
import { Parameters } from './parameters/schema.ts';
import { findProblem, findProblemInSteps } from './parameters/validate.ts';
import { printResult } from './print.ts';

export const fileInterface: ModuleInterface = {
  name: 'file',
  summary: 'search the file system by name, size, mode, time, content and hash',
  help: HELP,
  flags: FLAGS,
  schema: Parameters,

  checkParameters(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    return parsed.success ? findProblem(parsed.data) : describeIssues(parsed.error);
  },

  *checkParametersInSteps(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    if (!parsed.success) return describeIssues(parsed.error);
    return findExcess(parsed.data) ?? (yield* findProblemInSteps(parsed.data));
  },

  parseFlags(args) {
    if (args.length === 0 || args[0] === '' || args[0] === 'help') return undefined;
    const parameters = toParameters(parseGoFlags(args, FLAGS).values);
    const problem = fileInterface.checkParameters(parameters);
    if (problem !== undefined) throw new MigError('usage', problem);
    return parameters;
  },

  findFlagMistake,

  findMistake(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    return parsed.success ? findMistake(parsed.data) : describeIssues(parsed.error);
  },

  print: printResult,
};
