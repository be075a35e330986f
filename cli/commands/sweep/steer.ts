import {
  cancelSweepRun,
  deleteSweep,
  pauseSweep,
  pauseSweepRun,
  resumeSweep,
  resumeSweepRun,
} from '../../../contract/api/sweep-changes.ts';
import { MigError } from '../../../contract/errors.ts';
import { parseCommandLine, requireOneOf } from '../../command-line.ts';
import { EXIT } from '../../exit-codes.ts';
import { USAGES } from '../../help/usages.ts';
import { openSession } from '../../session.ts';

const CHANGES = {
  pause: { route: pauseSweep, done: 'paused' },
  resume: { route: resumeSweep, done: 'resumed' },
  delete: { route: deleteSweep, done: 'deleted' },
};

/** `mig sweep pause|resume|delete <name>`. */
export async function steerSweepCommand(
  verb: keyof typeof CHANGES,
  args: readonly string[],
): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES[`sweep ${verb}`], words: [1, 1] });
  const [name = ''] = words;
  const session = await openSession(options);
  await session.api.call(CHANGES[verb].route, { name });
  session.output.answer(`sweep ${name} ${CHANGES[verb].done}`);
  if (verb === 'pause') {
    session.output.note('a run in progress goes on; runs planned meanwhile are recorded as missed');
  }
  return EXIT.ok;
}

const RUN_VERBS = ['pause', 'resume', 'cancel'] as const;
const RUN_ORDERS = { pause: pauseSweepRun, resume: resumeSweepRun, cancel: cancelSweepRun };

/** `mig sweep run pause|resume|cancel <run id>`. */
export async function steerRunCommand(args: readonly string[]): Promise<number> {
  const { options, words } = parseCommandLine(args, { usage: USAGES['sweep run'], words: [2, 2] });
  const [text = '', runid = ''] = words;
  const verb = requireOneOf('the word after run', text, RUN_VERBS);
  if (!/^\d+$/.test(runid))
    throw new MigError('usage', 'the id of a run is a number; mig sweep history prints it');
  const { api, output } = await openSession(options);
  await api.call(RUN_ORDERS[verb], { runid: Number(runid) });
  output.answer(`run ${runid}: ${verb} done`);
  return EXIT.ok;
}
