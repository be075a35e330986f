import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';

type Run = (args: readonly string[]) => Promise<number>;

/** Runs the command that follows the word of a group, as in `mig sweep create`. Refuses another word with the closest one. */
export async function runVerb(
  group: string,
  commands: ReadonlyMap<string, Run>,
  [verb = '', ...rest]: readonly string[],
): Promise<number> {
  const run = commands.get(verb);
  if (run !== undefined) return run(rest);
  const names = [...commands.keys()];
  throw new MigError(
    'usage',
    `${whatIsWrong(group, verb)}${didYouMean(verb, names)}; there are ${names.join(', ')}; see mig help ${group}`,
  );
}

function whatIsWrong(group: string, verb: string): string {
  if (verb === '') return `mig ${group} needs a command`;
  if (verb.startsWith('-')) return `the command comes first: mig ${group} <command> ${verb} …`;
  const hint = verb === 'list' && isListed(group) ? `: mig list ${group} lists them` : '';
  return `there is no mig ${group} ${JSON.stringify(verb)}${hint}`;
}

/** Whether `mig list` has the records that a group of commands manages. */
function isListed(group: string): boolean {
  return ['investigators', 'loaders', 'manifests'].includes(group);
}
