import { join } from 'node:path';
import { printable } from '../../contract/text/printable.ts';
import { terminalEnvironment } from '../config.ts';
import { homeFolder } from '../home-folder.ts';
import { openOutput } from '../open-output.ts';
import type { CliSession } from '../session.ts';
import { type Asker, TERMINAL } from '../terminal/ask.ts';
import { completeLine } from './complete.ts';
import { type History, openHistory } from './history.ts';
import type { Lines } from './input/lines.ts';
import { createPipedLines } from './input/piped-lines.ts';
import { createTerminalLines } from './input/terminal-lines.ts';
import type { InterruptHandler } from './interrupts.ts';
import { createKnown, createSeenIds, rememberIds } from './known.ts';
import type { OpenMode } from './order.ts';
import { createPagedOutput, type PagedOutput } from './output/paged-output.ts';
import { readKey } from './output/read-key.ts';
import type { Console } from './run-console.ts';

const HISTORY_FILE = '.mig_history';
const MORE = '-- space: more, enter: one line, q: enough --';
const ERASE = '\r\u001b[K';

interface Opening {
  session: CliSession;
  interrupts: InterruptHandler;
  isQuiet: boolean;
}

/** A console on the terminal of this process, or for the lines of a pipe. */
export function openConsole({ session, interrupts, isQuiet }: Opening): Console {
  const seen = createSeenIds();
  const api = rememberIds(session.api, seen);
  const known = createKnown(seen, [...session.config.macros.keys()]);
  const history = openHistory(TERMINAL.isPresent ? join(homeFolder(), HISTORY_FILE) : undefined);
  const modes: OpenMode[] = [];
  const complete = (line: string): [string[], string] => {
    const mode = modes.at(-1);
    return mode === undefined ? [[], ''] : completeLine(line, mode, known);
  };
  const lines = openLines(history, complete);
  return {
    lines,
    history,
    interrupts,
    isQuiet,
    modes,
    session() {
      const output = openPagedOutput(lines);
      return { ...session, api, output, asker: createAsker(lines, output) };
    },
    promptOf: ({ prompt }) => colouredPrompt(`${prompt}>`),
  };
}

function openLines(history: History, complete: (line: string) => [string[], string]): Lines {
  const { stdin, stderr } = process;
  if (!TERMINAL.isPresent) return createPipedLines(stdin);
  return createTerminalLines({ input: stdin, output: stderr, history: () => history.lines, complete });
}

/** Pages only where a person reads. */
function openPagedOutput({ isTerminal }: Lines): PagedOutput {
  const { stdin, stdout, stderr } = process;
  const isPaged = isTerminal && stdout.isTTY;
  const isDumb = terminalEnvironment().TERM === 'dumb';
  return createPagedOutput(openOutput(), {
    size: () => ({
      columns: stdout.columns > 1 ? stdout.columns : 80,
      rows: isPaged && stdout.rows > 2 ? stdout.rows : Number.POSITIVE_INFINITY,
    }),
    async more() {
      stderr.write(MORE);
      const key = await readKey(stdin);
      stderr.write(isDumb ? '\n' : ERASE);
      return key;
    },
  });
}

/** The next line is the answer: of the person at the terminal, or of the pipe. */
function createAsker(lines: Lines, output: PagedOutput): Asker {
  return {
    isPresent: true,
    async ask(question, options = {}) {
      await output.flush();
      output.restart();
      if (options.isSecret) return TERMINAL.ask(question, options);
      const answer = await lines.next(printable(question), 'answer');
      if (answer === undefined) options.stop?.abort();
      if (!lines.isTerminal) output.note(`${question}${answer ?? ''}`);
      return answer;
    },
  };
}

function colouredPrompt(prompt: string): string {
  const { TERM, NO_COLOR } = terminalEnvironment();
  return TERM === 'dumb' || NO_COLOR ? `${prompt} ` : `\u001b[32;1m${prompt}\u001b[0m `;
}
