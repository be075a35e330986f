import { MigError } from '../../contract/errors.ts';
import { expandTarget } from '../action/target.ts';
import { parseGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { WHO_IS_REACHED } from '../help/target-help.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';
import { AGENT_HEADER, agentLine } from '../terminal/agent-line.ts';

/**
 * `mig agents`: prints the records of all agents, or of those that a target reaches, one line each; with `--json` one JSON
 * object per line.
 */
export async function agentsCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = parseGlobalOptions(args, { allowed: ['t', 'json'] });
  const [word] = rest;
  if (word !== undefined)
    throw new MigError('usage', `${USAGES.agents}; unexpected word ${JSON.stringify(word)}`);
  if (options.target === 'local')
    throw new MigError('usage', '-t local is this machine, which has no record; see mig help target');
  const { api, output, config } = await openSession(options);
  const target = options.target === undefined ? undefined : expandTarget(options.target, config.macros);
  let count = 0;
  const query: Record<string, string> = { type: 'agent' };
  if (target !== undefined) query.target = target;
  for await (const record of api.search(query)) {
    if (count === 0 && !options.json) output.note(AGENT_HEADER);
    count++;
    if (options.json) output.json(JSON.stringify(record));
    else output.answer(agentLine(record));
  }
  if (count > 0) return EXIT.ok;
  if (target === undefined) {
    output.note('no agent has registered yet');
    return EXIT.ok;
  }
  output.note(`the target matches no agent: ${target}`);
  output.note(WHO_IS_REACHED);
  return EXIT.refused;
}
