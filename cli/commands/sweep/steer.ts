import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';

const DONE = { pause: 'paused', resume: 'resumed', delete: 'deleted' } as const;

/** `mig sweep pause|resume|delete <name>`. */
export async function steerSweepCommand(verb: keyof typeof DONE, args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES[`sweep ${verb}`], words: [1, 1] });
  const [name = ''] = words;
  const session = await openSession(options);
  await session.api.post(`sweep/${verb}/`, { name });
  session.output.answer(`sweep ${name} ${DONE[verb]}`);
  if (verb === 'pause') {
    session.output.note('a run in progress goes on; runs planned meanwhile are recorded as missed');
  }
  return EXIT.ok;
}

const RUN_VERBS = ['pause', 'resume', 'cancel'] as const;

/** `mig sweep run pause|resume|cancel <run id>`. */
export async function steerRunCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES['sweep run'], words: [2, 2] });
  const [text = '', runid = ''] = words;
  const verb = requireOneOf('the word after run', text, RUN_VERBS);
  if (!/^\d+$/.test(runid))
    throw new MigError('usage', 'the id of a run is a number; mig sweep history prints it');
  const { api, output } = await openSession(options);
  await api.post(`sweep/run/${verb}/`, { runid });
  output.answer(`run ${runid}: ${verb} done`);
  return EXIT.ok;
}
