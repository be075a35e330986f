import { parseCommandLine } from '../command-line.ts';
import { loadConfig } from '../config.ts';
import { createInterrupts } from '../console/interrupts.ts';
import { openConsole } from '../console/open-console.ts';
import { runConsole } from '../console/run-console.ts';
import { USAGES } from '../help/usages.ts';
import { openOutput } from '../open-output.ts';
import { askOnTerminal, openSessionOf } from '../session.ts';

/** `mig console`: orders one after the other, as in MIG's console, with one session and one key. */
export async function consoleCommand(args: readonly string[]): Promise<number> {
  const { options, isOn } = parseCommandLine(args, {
    usage: USAGES.console,
    flags: { q: 'boolean' },
    words: [0, 0],
  });
  const interrupts = createInterrupts(openOutput().note);
  const session = await openSessionOf(loadConfig(options.configFile), options, {
    signal: () => interrupts.signal,
    askPassphrase: askOnTerminal(),
  });
  const opened = openConsole({ session, interrupts, isQuiet: isOn('q') });
  // A pipe has nobody who would type on: there Ctrl-C ends the program.
  if (opened.lines.isTerminal) process.on('SIGINT', interrupts.interrupt);
  return runConsole(opened);
}
