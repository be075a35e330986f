import { MigError } from '../../../contract/errors.ts';
import { expandTarget, ONLINE } from '../../action/target.ts';
import { countAgents } from '../../api/api-client.ts';
import { parseCommandLine } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';

/** `mig agents count`: how many agents a target reaches, as an action would. */
export async function countAgentsCommand(args: readonly string[]): Promise<number> {
  const usage = USAGES['agents count'];
  const { options } = parseCommandLine(args, { usage, allowed: ['t', 'json'], words: [0, 0] });
  if (options.target === 'local') throw new MigError('usage', '-t local is this machine alone');
  const { api, output, config } = await openSession(options);
  const target = expandTarget(options.target ?? ONLINE, config.macros);
  const count = await countAgents(api, target);
  if (options.json) output.json(JSON.stringify({ target, count }));
  else output.answer(String(count));
  return EXIT.ok;
}
