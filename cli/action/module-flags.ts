import { MigError } from '../../contract/errors.ts';
import { unreadField } from '../../contract/fields.ts';
import { type ParsedFlags, parseGoFlags, refuseContradicted, refuseRest } from '../../contract/go/flags.ts';
import { readAs } from '../../contract/read-as.ts';
import type { Module } from '../../modules/module.ts';

/**
 * Parses an investigator's flags; undefined when they request help, or are missing though the module needs some. MIG silently ignores flags
 * after a stray word (spec/modules/README.md#flags). Here such a word is refused, because a lost filter broadens the
 * search.
 */
export function parseInvestigatorFlags(module: Module, args: readonly string[]): unknown {
  if (args[0] === '' || args[0] === 'help') return undefined;
  // A module that declares no flags checks its own words. A line without any gets the help.
  if (args.length > 0 && Object.keys(module.flags).length > 0)
    refuseFlagMistakes(module, parseGoFlags(args, module.flags));
  const parameters = module.parseFlags(args);
  if (parameters === undefined) return undefined;
  refuseMistake(module, parameters);
  return parameters;
}

/** Refuses parameters, from flags or a file, that must be mistakes, and fields that the module would ignore. */
export function refuseMistake(module: Module, parameters: unknown): void {
  const read = readAs(module.parameters, parameters ?? {});
  if (!read.success) throw new MigError('usage', read.problem);
  const unread = unreadField(parameters, read.data);
  if (unread !== undefined)
    throw new MigError(
      'usage',
      `the module '${module.name}' has no parameter ${unread}: it would be ignored`,
    );
  const problem = module.findMistake?.(parameters) ?? module.checkParameters(parameters);
  if (problem !== undefined) throw new MigError('usage', problem);
}

function refuseFlagMistakes(module: Module, { values, contradicted, rest }: ParsedFlags): void {
  refuseRest(rest);
  refuseContradicted(contradicted);
  for (const [name, value] of Object.entries(values)) {
    if ([value].flat().includes(''))
      throw new MigError('usage', `-${name} is empty: give it a value, or leave it out`);
  }
  const mistake = module.findFlagMistake?.(values);
  if (mistake !== undefined) throw new MigError('usage', mistake);
}
