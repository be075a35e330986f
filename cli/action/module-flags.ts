import { MigError } from '../../contract/errors.ts';
import { describeIssues, unreadField } from '../../contract/fields.ts';
import { type ParsedFlags, parseGoFlags, refuseContradicted, refuseRest } from '../../contract/go/flags.ts';
import type { ModuleInterface } from '../../modules/module.ts';

/**
 * Reads an investigator's flags; undefined when help was asked for. Stricter than MIG, which leaves flags behind a
 * stray word unread and says nothing (spec/modules/README.md#flags): a filter that is lost so makes the question
 * broader.
 */
export function parseInvestigatorFlags(module: ModuleInterface, args: readonly string[]): unknown {
  if (args.length === 0 || args[0] === '' || args[0] === 'help') return undefined;
  // A module without flags says itself how its parameters are given.
  if (Object.keys(module.flags).length > 0) refuseSlips(module, parseGoFlags(args, module.flags));
  const parameters = module.parseFlags(args);
  refuseMistake(module, parameters);
  return parameters;
}

/** Refuses parameters that cannot be meant, from flags or from a file, and fields among them that the module does not know. */
export function refuseMistake(module: ModuleInterface, parameters: unknown): void {
  const read = module.schema.safeParse(parameters ?? {});
  if (!read.success) throw new MigError('usage', describeIssues(read.error));
  const unread = unreadField(parameters, read.data);
  if (unread !== undefined)
    throw new MigError(
      'usage',
      `the module '${module.name}' knows no parameter ${unread}: it would be ignored`,
    );
  const problem = module.findMistake?.(parameters) ?? module.checkParameters(parameters);
  if (problem !== undefined) throw new MigError('usage', problem);
}

function refuseSlips(module: ModuleInterface, { values, contradicted, rest }: ParsedFlags): void {
  refuseRest(rest);
  refuseContradicted(contradicted);
  const empty = Object.entries(values).find(([, value]) => [value].flat().includes(''));
  if (empty !== undefined)
    throw new MigError('usage', `-${empty[0]} is empty: give it a value, or leave it out`);
  const mistake = module.findFlagMistake?.(values);
  if (mistake !== undefined) throw new MigError('usage', mistake);
}
