import { MigError } from '../../contract/errors.ts';
import { didYouMean } from '../../contract/text/closest.ts';
import { createSweepCommand } from './sweep/create.ts';
import { sweepHistoryCommand } from './sweep/history.ts';
import { listSweepsCommand } from './sweep/list.ts';
import { triggerSweepCommand, verifySweepCommand } from './sweep/run.ts';
import { showSweepCommand } from './sweep/show.ts';
import { signSweepCommand } from './sweep/sign.ts';
import { steerRunCommand, steerSweepCommand } from './sweep/steer.ts';
import { unwaiveCommand, waiveCommand, waiversCommand } from './sweep/waive.ts';

const COMMANDS = new Map<string, (args: readonly string[]) => Promise<number>>([
  ['create', createSweepCommand],
  ['list', listSweepsCommand],
  ['show', showSweepCommand],
  ['sign', signSweepCommand],
  ['trigger', triggerSweepCommand],
  ['verify', verifySweepCommand],
  ['history', sweepHistoryCommand],
  // Only an export needs the writers of its formats.
  ['export', async (args) => (await import('./sweep/export.ts')).exportSweepCommand(args)],
  ['pause', (args) => steerSweepCommand('pause', args)],
  ['resume', (args) => steerSweepCommand('resume', args)],
  ['delete', (args) => steerSweepCommand('delete', args)],
  ['run', steerRunCommand],
  ['waive', waiveCommand],
  ['waivers', waiversCommand],
  ['unwaive', unwaiveCommand],
]);

/** `mig sweep <verb> …`. */
export async function sweepCommand(args: readonly string[]): Promise<number> {
  const [verb = '', ...rest] = args;
  const run = COMMANDS.get(verb);
  if (run !== undefined) return run(rest);
  const names = [...COMMANDS.keys()];
  throw new MigError(
    'usage',
    `${whatIsWrong(verb)}${didYouMean(verb, names)}; there are ${names.join(', ')}; see mig help sweep`,
  );
}

function whatIsWrong(verb: string): string {
  if (verb === '') return 'mig sweep needs a command';
  if (verb.startsWith('-')) return `the command comes first: mig sweep <command> ${verb} …`;
  return `there is no mig sweep ${JSON.stringify(verb)}`;
}
