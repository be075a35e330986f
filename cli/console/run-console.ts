import { VERSION } from '../../contract/version.ts';
import { EXIT, exitCodeOf } from '../exit-codes.ts';
import type { CliSession } from '../session.ts';
import { printDashboard } from '../show/dashboard.ts';
import { errorLines } from '../terminal/error-lines.ts';
import type { History } from './history.ts';
import type { Lines } from './input/lines.ts';
import type { InterruptHandler } from './interrupts.ts';
import { MAIN_MODE } from './modes/main-mode.ts';
import { openPlace } from './modes/open-place.ts';
import { type OpenMode, openMode, type Step } from './order.ts';
import { type PagedOutput, ReaderQuit } from './output/paged-output.ts';
import { runOrder } from './run-order.ts';

export interface Console {
  /** The session of an order, whose output begins on a new screen. */
  session(): CliSession & { output: PagedOutput };
  lines: Lines;
  history: History;
  interrupts: InterruptHandler;
  isQuiet: boolean;
  /** The prompt of a mode, with colours where the terminal has them. */
  promptOf(mode: OpenMode): string;
  /** The open modes, innermost last; completion reads the last. */
  modes: OpenMode[];
}

/**
 * Runs orders until the input ends, or `exit` in the main mode. Returns the exit code: for lines of a pipe that of the last
 * order that failed; a person has seen what failed.
 */
export async function runConsole(console: Console): Promise<number> {
  const { lines, modes, history } = console;
  modes.push(openMode(MAIN_MODE, undefined));
  if (lines.isTerminal) await greet(console);
  let status: number = EXIT.ok;
  let mode = modes.at(-1);
  while (mode !== undefined) {
    const line = await lines.next(console.promptOf(mode), 'order');
    if (line === undefined) modes.pop();
    else if (line.trim() !== '') {
      history.add(line);
      const failed = await runLine(console, mode, line);
      if (failed !== undefined) status = failed;
      const problem = history.save();
      if (problem !== undefined) console.session().output.note(problem);
    }
    mode = modes.at(-1);
  }
  lines.close();
  return lines.isTerminal ? EXIT.ok : status;
}

/** A wrong address or a refused key ends the console at once. */
async function greet({ session, isQuiet }: Console): Promise<void> {
  const current = session();
  const { output, config, signer } = current;
  if (!isQuiet) output.answer(`mig console ${VERSION}`, 'bold');
  try {
    await printDashboard(current);
    await output.flush();
  } catch (error) {
    if (!(error instanceof ReaderQuit)) throw error;
  }
  output.restart();
  if (!isQuiet)
    output.note(
      `connected to ${config.apiUrl} with key ${signer.fingerprint}; help lists the orders, exit or ctrl+d leaves`,
    );
}

/** Returns the exit code of a failure; undefined when the order did what it should. */
async function runLine(console: Console, mode: OpenMode, line: string): Promise<number | undefined> {
  const { interrupts, history, lines } = console;
  interrupts.renew();
  const session = console.session();
  const { output } = session;
  try {
    const step = await runOrder(line, mode, { session, history: history.lines, interrupts });
    if (step !== undefined) await take(console, session, step);
    await output.flush();
    return undefined;
  } catch (error) {
    output.endLive();
    if (error instanceof ReaderQuit) return undefined;
    lines.clear();
    if (interrupts.signal.aborted) {
      output.restart();
      output.note('stopped');
      return EXIT.cancelled;
    }
    for (const text of errorLines(error)) output.note(text);
    await output.flush().catch(() => {});
    return exitCodeOf(error);
  }
}

async function take({ modes }: Console, session: CliSession, step: Step): Promise<void> {
  if (step === 'leave') {
    modes.pop();
    return;
  }
  const opened = await openPlace(session, 'enter' in step ? step.enter : step.replace);
  if ('replace' in step) modes.pop();
  modes.push(opened);
}
