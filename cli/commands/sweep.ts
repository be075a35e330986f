import { runVerb } from './run-verb.ts';
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
export function sweepCommand(args: readonly string[]): Promise<number> {
  return runVerb('sweep', COMMANDS, args);
}
