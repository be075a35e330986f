import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { publishAclCommand } from './acl/publish.ts';
import { showAclCommand } from './acl/show.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['show', showAclCommand],
  ['publish', publishAclCommand],
]);

/** `mig acl show|publish`: the ACL that people count weights by. */
export async function aclCommand(args: readonly string[]): Promise<number> {
  const [verb = '', ...rest] = args;
  const run = COMMANDS.get(verb);
  if (run !== undefined) return run(rest);
  const names = [...COMMANDS.keys()];
  const wrong = verb === '' ? 'mig acl needs a command' : `there is no mig acl ${JSON.stringify(verb)}`;
  throw new MigError(
    'usage',
    `${wrong}${didYouMean(verb, names)}; there are ${names.join(', ')}; see mig help acl`,
  );
}
