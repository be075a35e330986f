import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { MigError } from '../../contract/errors.ts';

/** Asks on a terminal. Only an answer that begins with y is a yes; Ctrl-C aborts `stop`, and an aborted `stop` is a no. */
export async function askYesNo(question: string, stop = new AbortController()): Promise<boolean> {
  return /^y/i.test((await ask(`${question} [y/N] `, { stop })) ?? 'n');
}

/** Asks before a change, unless `-y` was given. Elsewhere than on a terminal nobody could answer, so the answer is yes. */
export async function confirm(question: string, options: { isSure: boolean }): Promise<boolean> {
  return isAsked(options) ? askYesNo(question) : true;
}

/** Whether somebody reads this terminal, and is asked before a change. */
export function isAsked({ isSure }: { isSure: boolean }): boolean {
  return !isSure && process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks on a terminal for a text; elsewhere names the flag that gives it. Ctrl-C and an empty line end the command. */
export async function askText(question: string, flag: string): Promise<string> {
  requireTerminal(question, flag);
  const answer = await ask(`${question}: `);
  if (answer === undefined || answer.trim() === '') throw new MigError('usage', `${question}: no answer`);
  return answer.trim();
}

/** As `askText`, for a text that the terminal does not show. */
export async function askSecret(question: string, flag: string): Promise<string> {
  requireTerminal(question, flag);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await ask(`${question}: `, { output: silent });
  process.stderr.write('\n');
  if (!answer) throw new MigError('usage', `${question}: no answer`);
  return answer;
}

/** As `askText`, for a yes or a no in full or by its first letter. Asks again after any other word. */
export async function askDecision(question: string, flag: string): Promise<boolean> {
  requireTerminal(question, flag);
  while (true) {
    const answer = (await ask(`${question} (yes/no) `))?.trim().toLowerCase();
    if (answer === undefined) throw new MigError('usage', `${question} no answer`);
    if (['yes', 'y'].includes(answer)) return true;
    if (['no', 'n'].includes(answer)) return false;
  }
}

function requireTerminal(question: string, flag: string): void {
  if (process.stdin.isTTY) return;
  throw new MigError('usage', `${question}: missing; without a terminal, give it with ${flag}`);
}

/** One line of the terminal; undefined after Ctrl-C, at the end of the input, and when `stop` aborts. */
async function ask(
  question: string,
  {
    stop = new AbortController(),
    output = process.stderr,
  }: { stop?: AbortController; output?: Writable } = {},
): Promise<string | undefined> {
  const isTerminal = output !== process.stderr || process.stderr.isTTY === true;
  const terminal = createInterface({ input: process.stdin, output, terminal: isTerminal });
  // Only now does the terminal show nothing of what is typed.
  if (output !== process.stderr) process.stderr.write(question);
  const ended = new AbortController();
  terminal.on('SIGINT', () => stop.abort());
  // The promise of a question stays open when its input ends.
  terminal.on('close', () => ended.abort());
  const signal = AbortSignal.any([stop.signal, ended.signal]);
  const answer = await terminal.question(question, { signal }).catch(() => undefined);
  terminal.close();
  if (answer === undefined) output.write('\n');
  return answer;
}
