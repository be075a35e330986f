import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { shellLine } from '../../contract/text/shell-word.ts';
import { findModule } from '../../modules/all-modules.ts';
import type { Module } from '../../modules/module.ts';
import { parseInvestigatorFlags } from '../action/module-flags.ts';
import { AND, type OptionName, optionOfMig, parseGlobalOptions, splitOption } from '../arguments.ts';
import { commandNames } from '../help/help.ts';
import { wrapHelp } from '../help/wrap-help.ts';
import { openOutput } from '../open-output.ts';
import type { GlobalOptions } from '../options.ts';
import { textColumns } from '../terminal/output.ts';

/** What one module is asked. */
export interface Operation {
  module: Module;
  parameters: unknown;
}

/** The command line of an action: `mig <module> [options] [module flags] [+ <module> [module flags]]…`. */
export interface ModuleLine {
  options: GlobalOptions;
  operations: Operation[];
}

/** Parses the words after the name of a module. Every operation has only the flags of its own module. */
export function parseModuleLine(
  name: string,
  args: readonly string[],
  allowed: readonly OptionName[],
): ModuleLine {
  const module = findModule(name);
  if (!module) throw new MigError('usage', unknownCommand(name));
  const [first = [], ...others] = splitAtAnd(args);
  const { options, rest, notes } = parseGlobalOptions(first, { flags: module.flags, allowed, module: name });
  const operations = [{ module, parameters: requireParameters(module, rest) }, ...others.map(parseFurther)];
  for (const note of notes) openOutput().note(note);
  return { options, operations };
}

function splitAtAnd(args: readonly string[]): string[][] {
  const parts: string[][] = [[]];
  for (const word of args) {
    if (word === AND) parts.push([]);
    else parts.at(-1)?.push(word);
  }
  return parts;
}

function parseFurther([name, ...words]: readonly string[]): Operation {
  if (name === undefined)
    throw new MigError(
      'usage',
      `after ${AND} comes a module with its flags, as in: mig file -path /etc -name x ${AND} netstat -ci 192.0.2.1`,
    );
  const module = findModule(name);
  if (!module) {
    const names = commandNames().filter((one) => findModule(one) !== undefined);
    throw new MigError(
      'usage',
      `after ${AND}: there is no module ${JSON.stringify(name)}${didYouMean(name, names)}`,
    );
  }
  refuseOptionsOfMig(module, words);
  return { module, parameters: requireParameters(module, words) };
}

/** The options are those of the whole action. A flag of the module with the same name is the module's. */
function refuseOptionsOfMig({ name, flags }: Module, words: readonly string[]): void {
  const left = [...words];
  while (left[0] !== undefined) {
    const { name: flag, value } = splitOption(left[0]);
    left.shift();
    if (flag === undefined) continue;
    const kind = Object.hasOwn(flags, flag) ? flags[flag] : undefined;
    if (kind !== undefined && kind !== 'boolean' && value === undefined) left.shift();
    if (kind === undefined && optionOfMig(flag) !== undefined)
      throw new MigError(
        'usage',
        `-${flag} is an option of mig, not a flag of ${name}: write it before the first ${AND}`,
      );
  }
}

function requireParameters(module: Module, words: readonly string[]): unknown {
  const parameters = parseInvestigatorFlags(module, words);
  if (parameters === undefined) refuseIncomplete(module);
  return parameters;
}

/** The error comes after the help, so that it stays in sight. */
function refuseIncomplete(module: Module): never {
  const { note } = openOutput();
  for (const line of wrapHelp(module.help, textColumns(process.stderr)).split('\n')) note(line);
  note('');
  throw new MigError('usage', whatIsMissing(module));
}

function whatIsMissing({ name, options, flags, about }: Module): string {
  const required = options.flatMap(({ flag, value, isRequired }) =>
    isRequired ? [`-${flag} <${value}>`] : [],
  );
  const needed = required.length > 0 ? required.join(', ') : 'flags';
  return Object.keys(flags).length > 0
    ? `mig ${name} needs ${needed}, as in: ${shellLine(['mig', name, ...(about.example.args ?? [])])}`
    : `the module ${name} has no flags: write its parameters into an action file, for mig -i <file>`;
}

function unknownCommand(name: string): string {
  if (name.startsWith('-'))
    return `unknown module or command '${name}': options come after the module or command; see mig help`;
  if (name.endsWith('.json')) return `unknown module or command '${name}': an action in a file follows -i`;
  return `unknown module or command '${name}': see mig help${didYouMean(name, commandNames())}`;
}
