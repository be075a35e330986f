import { removeAgent } from '../../contract/api/agents.ts';
import { MigError } from '../../contract/errors.ts';
import { isQueueloc } from '../../contract/names.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';

/** `mig remove <queueloc>`: removes an endpoint without an agent from the fleet. For administrators. */
export async function removeCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = parseGlobalOptions(args, { allowed: ['json'] });
  const [queueloc, extra] = rest;
  if (queueloc === undefined || !isQueueloc(queueloc) || extra !== undefined)
    throw new MigError('usage', USAGES.remove);
  const { api, output } = await openSession(options);
  const { removed } = await api.call(removeAgent, { queueloc });
  if (options.json) output.json(JSON.stringify(removed));
  else
    output.answer(`removed ${removed.name} (${removed.queueloc}), ${countOf(removed.processes, 'record')}`);
  return EXIT.ok;
}
