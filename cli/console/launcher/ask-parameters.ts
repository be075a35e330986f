import { errorMessage, MigError } from '../../../contract/errors.ts';
import { didYouMean } from '../../../contract/text/closest.ts';
import type { Module } from '../../../modules/module.ts';
import { parseInvestigatorFlags } from '../../action/module-flags.ts';
import type { CliSession } from '../../session.ts';
import { splitName } from '../split-line.ts';

/** More than any module needs; bounds what a pipe without `done` can add. */
const MAX_FLAGS = 10_000;

/**
 * Asks for the parameters of a module, a flag with its value on each line, until `done`. A value is the whole rest of its
 * line. Undefined when the investigator leaves.
 */
export async function askParameters(
  { asker, output }: Pick<CliSession, 'asker' | 'output'>,
  module: Module,
): Promise<unknown> {
  output.note(
    `flags of ${module.name}, one on each line with its value; help lists them, done ends, cancel leaves`,
  );
  const args: string[] = [];
  while (args.length < MAX_FLAGS) {
    const line = await asker.ask(`${module.name}> `);
    if (line === undefined) return undefined;
    const { name, rest } = splitName(line);
    if (name === 'cancel') return undefined;
    try {
      if (name === 'done') return requireParameters(module, args);
      if (name === 'help') for (const text of module.help.split('\n')) output.note(text);
      else if (name !== '') args.push(...flagOf(module, { name: name.replace(/^--?/, ''), value: rest }));
    } catch (error) {
      output.note(`[error] ${errorMessage(error)}`);
      if (name === 'done') args.length = 0;
      if (name === 'done') output.note('nothing of it is kept: begin again, or cancel');
    }
  }
  throw new MigError('usage', `more than ${MAX_FLAGS} flags`);
}

/** The arguments of a line; whether the value fits is seen at the end, with all of them. */
function flagOf({ name: module, flags }: Module, { name, value }: { name: string; value: string }): string[] {
  const kind = Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (kind === undefined)
    throw new MigError(
      'usage',
      `${module} has no flag ${JSON.stringify(name)}${didYouMean(name, Object.keys(flags))}; help lists them, done ends`,
    );
  if (kind === 'boolean') return [value === '' ? `-${name}` : `-${name}=${value}`];
  if (value === '') throw new MigError('usage', `${name} needs a value: ${name} <value>`);
  return [`-${name}=${value}`];
}

/** The parameters of a line of flags, as `mig <module>` reads them. */
export function requireParameters(module: Module, args: readonly string[]): unknown {
  const parameters = parseInvestigatorFlags(module, args);
  if (parameters !== undefined) return parameters;
  throw new MigError('usage', `${module.name} needs flags, as in: addoperation ${exampleOf(module)}`);
}

function exampleOf({ name, about }: Module): string {
  return [name, ...(about.example.args ?? [])].join(' ');
}
