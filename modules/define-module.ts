import type { z } from 'zod';
import { MigError } from '../contract/errors.ts';
import { type FlagKind, type ParsedFlags, parseGoFlags } from '../contract/go/flags.ts';
import { readAs } from '../contract/read-as.ts';
import { helpText } from './help-text.ts';
import type { Module, PersistentModule } from './module.ts';
import { type Option, readOptions } from './option.ts';

type Values = ParsedFlags['values'];

/** The parts of a module from which the rest of it follows. */
export interface Definition<Parameters>
  extends Pick<
    Module,
    | 'name'
    | 'summary'
    | 'about'
    | 'print'
    | 'printStable'
    | 'loadRun'
    | 'findFlagMistake'
    | 'checkParametersInSteps'
  > {
  /** The schema of the parameters. Its registered texts (`option`) become flags, help and documentation. */
  parameters: z.ZodType<Parameters>;
  /** The schema with the registered texts, when it is only a part of the parameters. */
  described?: z.ZodType;
  /** Returns the first problem that the schema does not find; undefined when there is none. */
  findProblem?(parameters: Parameters): string | undefined;
  /** As `findProblem`, yielding after every value, for modules whose values take tens of milliseconds to check. */
  findProblemInSteps?(parameters: Parameters): Generator<void, string | undefined>;
  /** Returns the first excess over the limits of a server, before `findProblemInSteps`; undefined when there is none. */
  findExcess?(parameters: Parameters): string | undefined;
  /** Returns a valid parameter that must be a mistake, with a correction; undefined when there is none. */
  findMistake?(parameters: Parameters): string | undefined;
  /** Turns the values of the flags into parameters. By default each goes to the field of its flag. */
  toParameters?(values: Values): unknown;
  /** True for a module that runs without any flag. */
  runsWithoutFlags?: boolean;
  /** For a persistent module: the schema of its settings by section, with registered texts, and its code. */
  persistent?: { config: z.ZodType; load: PersistentModule['load'] };
}

/** Makes a module: checks, flags and help follow from the schema of its parameters. */
export function defineModule<Parameters>(definition: Definition<Parameters>): Module {
  const {
    findProblem,
    findProblemInSteps,
    findExcess,
    findMistake,
    toParameters,
    runsWithoutFlags = false,
    persistent,
    ...rest
  } = definition;
  const options = readOptions(definition.described ?? definition.parameters);
  const settings = persistent ? readOptions(persistent.config) : [];
  const flags = flagsOf(options);
  const read = (parameters: unknown) => readAs(definition.parameters, parameters ?? {});
  const checkParameters = (parameters: unknown) => {
    const parsed = read(parameters);
    return parsed.success ? findProblem?.(parsed.data) : parsed.problem;
  };
  const module: Module = {
    ...rest,
    options,
    flags,
    help: helpText({ ...definition, options, settings }),
    checkParameters,
    parseFlags(args) {
      if (args[0] === 'help' || (args.length === 0 && !runsWithoutFlags) || args[0] === '') return undefined;
      if (options.every(({ flag }) => flag === undefined) && args.length > 0) {
        throw new MigError('usage', `the ${definition.name} module has no flags: write the action as a file`);
      }
      const { values } = parseGoFlags(args, flags);
      const parameters = toParameters?.(values) ?? byField(values, options);
      const problem = checkParameters(parameters);
      if (problem !== undefined) throw new MigError('usage', problem);
      return parameters;
    },
  };
  if (findProblemInSteps) {
    module.checkParametersInSteps = function* (parameters) {
      const parsed = read(parameters);
      if (!parsed.success) return parsed.problem;
      return findExcess?.(parsed.data) ?? (yield* findProblemInSteps(parsed.data));
    };
  }
  if (findMistake) {
    module.findMistake = (parameters) => {
      const parsed = read(parameters);
      return parsed.success ? findMistake(parsed.data) : parsed.problem;
    };
  }
  if (persistent) module.persistent = { settings, load: persistent.load };
  return module;
}

function flagsOf(options: readonly Option[]): Record<string, FlagKind> {
  return Object.fromEntries(options.flatMap(({ flag, kind }) => (flag === undefined ? [] : [[flag, kind]])));
}

/** Puts each value at the path of its parameter. */
function byField(values: Values, options: readonly Option[]): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  for (const { flag, field } of options) {
    const value = flag === undefined ? undefined : values[flag];
    if (value === undefined) continue;
    const names = field.split('.');
    const last = names.pop() ?? field;
    let owner = parameters;
    for (const name of names) owner = owner[name] = (owner[name] ?? {}) as Record<string, unknown>;
    owner[last] = value;
  }
  return parameters;
}
