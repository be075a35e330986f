import { createInterface } from 'node:readline/promises';
import { MigError } from '../../contract/errors.ts';

/** Asks on a terminal. Only an answer that begins with y is a yes; Ctrl-C aborts `stop`, and an aborted `stop` is a no. */
export async function askYesNo(question: string, stop = new AbortController()): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', () => stop.abort());
  const answer = await terminal.question(`${question} [y/N] `, { signal: stop.signal }).catch(() => 'n');
  terminal.close();
  return /^y/i.test(answer);
}

/** Asks on a terminal for a text; elsewhere names the flag that gives it. Ctrl-C and an empty line end the command. */
export async function askText(question: string, flag: string): Promise<string> {
  if (!process.stdin.isTTY)
    throw new MigError('usage', `${question}: missing; without a terminal, give it with ${flag}`);
  const stop = new AbortController();
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', () => stop.abort());
  const answer = await terminal.question(`${question}: `, { signal: stop.signal }).catch(() => '');
  terminal.close();
  if (answer.trim() === '') throw new MigError('usage', `${question}: no answer`);
  return answer.trim();
}
