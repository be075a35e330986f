import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { declineCommand, withdrawCommand } from './inbox/end.ts';
import { listInboxCommand } from './inbox/list.ts';
import { showInboxCommand } from './inbox/show.ts';
import { signInboxCommand } from './inbox/sign.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['show', showInboxCommand],
  ['sign', signInboxCommand],
  ['decline', declineCommand],
  ['withdraw', withdrawCommand],
]);

/** `mig inbox` lists the actions that wait; `mig inbox <verb> <entry id>` works on one entry. */
export async function inboxCommand(args: readonly string[]): Promise<number> {
  const [verb = '', ...rest] = args;
  if (verb === '' || verb.startsWith('-')) return listInboxCommand(args);
  const run = COMMANDS.get(verb);
  if (run !== undefined) return run(rest);
  const names = [...COMMANDS.keys()];
  throw new MigError(
    'usage',
    `there is no mig inbox ${JSON.stringify(verb)}${didYouMean(verb, names)}; there are ${names.join(', ')}; see mig help inbox`,
  );
}
