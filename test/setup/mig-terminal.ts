import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ROOT } from '../../dev/build/ensure-built.ts';
import { waitFor } from '../../dev/wait-for.ts';
import { exitStatus } from './exit-status.ts';

/** A question that `mig` asks on a terminal, and what a person types then: an answer with its line feed, or a key. */
type Answer = readonly [question: string, typed: string];

export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';

interface TerminalRun {
  status: number | null;
  /** All that the terminal showed, without colours and cursor movements. */
  shown: string;
  /** The same, as the terminal got it. */
  raw: string;
}

/** As `typeOnTerminal`, in the environment of the test. */
export function runOnTerminal(args: readonly string[], answers: readonly Answer[]): Promise<TerminalRun> {
  return typeOnTerminal({ args, answers });
}

/**
 * Runs `mig` on a terminal of its own, made by the program script of util-linux, and types each answer after its
 * question.
 */
export async function typeOnTerminal({
  args,
  answers,
  env = {},
  rows = 0,
}: {
  args: readonly string[];
  answers: readonly Answer[];
  env?: Record<string, string>;
  /** The rows of the terminal, with 120 columns; 0: it does not know its size. */
  rows?: number;
}): Promise<TerminalRun> {
  // Without exec, some shells stay between, get Ctrl-C too, and answer 130 whatever `mig` answers.
  const program = `exec ${[process.execPath, join(ROOT, 'cli', 'mig.js'), ...args].map(quoted).join(' ')}`;
  const line = rows === 0 ? program : `stty rows ${rows} cols 120; ${program}`;
  const child = spawn('script', ['-qefc', line, '/dev/null'], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = exitStatus(child);
  let shown = '';
  child.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
  });
  let from = 0;
  for (const [question, typed] of answers) {
    await waitFor(
      `the question ${JSON.stringify(question)} in ${JSON.stringify(shown)}`,
      () => shown.includes(question, from),
      {
        timeoutMs: 30_000,
        isAlive: () => child.exitCode === null,
      },
    );
    from = shown.indexOf(question, from) + question.length;
    child.stdin.write(typed);
  }
  const status = await ended;
  child.stdin.end();
  return { status, shown: stripVTControlCharacters(shown).replaceAll('\r', ''), raw: shown };
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
