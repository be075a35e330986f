import { AgentView } from '../../contract/answers.ts';
import { MigError } from '../../contract/errors.ts';
import { expandTarget } from '../action/build-action.ts';
import { takeGlobalOptions } from '../arguments.ts';
import { EXIT } from '../exit-codes.ts';
import { WHO_IS_REACHED } from '../help/target-help.ts';
import { USAGES } from '../help/usages.ts';
import { openSession } from '../session.ts';

/**
 * `mig agents`: the record of every agent, or of those that a target reaches, a line each; with `--json` one JSON object
 * a line.
 */
export async function agentsCommand(args: readonly string[]): Promise<number> {
  const { options, rest } = takeGlobalOptions(args, { takes: ['t', 'json'] });
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
    if (count === 0 && !options.json) output.say(HEADER);
    count++;
    if (options.json) output.json(JSON.stringify(record));
    else output.answer(agentLine(record));
  }
  if (count > 0) return EXIT.ok;
  output.say(target === undefined ? 'no agent has registered yet' : `the target matches no agent: ${target}`);
  if (target !== undefined) output.say(WHO_IS_REACHED);
  return target === undefined ? EXIT.ok : EXIT.refused;
}

const WIDTHS = { id: 15, status: 9, heartbeat: 20 } as const;
const HEADER = `${'id'.padEnd(WIDTHS.id)}  ${'status'.padEnd(WIDTHS.status)}  ${'last heartbeat'.padEnd(WIDTHS.heartbeat)}  name  version  queueloc`;

/** What an agent says of itself stands behind what the platform says of it. */
function agentLine(record: unknown): string {
  const agent = AgentView.safeParse(record);
  if (!agent.success) return `agent of unknown shape: ${JSON.stringify(record)}`;
  const { id, status, heartbeatts, name, version, queueloc } = agent.data;
  const heartbeat = `${heartbeatts.slice(0, 19)}Z`;
  return [
    String(id).padEnd(WIDTHS.id),
    status.padEnd(WIDTHS.status),
    heartbeat.padEnd(WIDTHS.heartbeat),
    name === '' ? '""' : name,
    version,
    queueloc,
  ].join('  ');
}
