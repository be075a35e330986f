import { MigError } from '../../contract/errors.ts';
import { type OptionName, parseGlobalOptions } from '../arguments.ts';
import { USAGES } from '../help/usages.ts';
import type { GlobalOptions } from '../options.ts';

/** Parses the command line of a command whose only word is the id of an action. */
export function parseActionId(
  args: readonly string[],
  { command, allowed = [] }: { command: keyof typeof USAGES; allowed?: readonly OptionName[] },
): { options: GlobalOptions; id: number } {
  const { options, rest } = parseGlobalOptions(args, { allowed });
  const [id, extra] = rest;
  if (id === undefined) throw new MigError('usage', USAGES[command]);
  if (extra !== undefined)
    throw new MigError('usage', `${USAGES[command]}; unexpected word ${JSON.stringify(extra)}`);
  return { options, id: requireActionId(id, command) };
}

/** Refuses a word that is no action id. */
export function requireActionId(word: string | undefined, command: keyof typeof USAGES): number {
  if (word !== undefined && /^\d+$/.test(word)) return Number(word);
  throw new MigError(
    'usage',
    `${USAGES[command]}; ${JSON.stringify(word)} is not an action id: mig status lists them`,
  );
}
