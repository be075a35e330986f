import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { MigError } from '../../contract/errors.ts';
import { printable } from '../../contract/text/printable.ts';

/** Who answers the questions of a command. */
export interface Asker {
  /** Whether somebody answers. */
  isPresent: boolean;
  /** One line; undefined after Ctrl-C, at the end of the input, and when `stop` aborts. Ctrl-C aborts `stop`, too. */
  ask(question: string, options?: AskOptions): Promise<string | undefined>;
}

interface AskOptions {
  stop?: AbortController;
  /** The terminal does not show the answer. */
  isSecret?: boolean;
}

/** A command before a question: whether it may skip it, and who answers. */
export interface Asking {
  options: { isSure: boolean };
  asker: Asker;
}

/** The person at the terminal of this process. */
export const TERMINAL: Asker = {
  get isPresent() {
    return Boolean(process.stdin.isTTY && process.stderr.isTTY);
  },
  ask: askTerminal,
};

/** Only an answer that begins with y is a yes; an aborted `stop` is a no. */
export async function askYesNo(
  question: string,
  { asker, stop = new AbortController() }: { asker: Asker; stop?: AbortController },
): Promise<boolean> {
  return /^y/i.test((await asker.ask(`${question} [y/N] `, { stop })) ?? 'n');
}

/** Asks before a change, unless `-y` was given. Where nobody answers, the answer is yes. */
export async function confirm(question: string, asking: Asking): Promise<boolean> {
  return isAsked(asking) ? askYesNo(question, asking) : true;
}

/** Whether somebody is asked before a change. */
export function isAsked({ options, asker }: Asking): boolean {
  return !options.isSure && asker.isPresent;
}

/** What a question that needs an answer is about: the flag that gives it instead. */
interface Wanted {
  flag: string;
  asker?: Asker;
}

/** Asks for a text; where nobody answers, names the flag that gives it. Ctrl-C and an empty line end the command. */
export async function askText(question: string, { flag, asker = TERMINAL }: Wanted): Promise<string> {
  requirePresent(question, { flag, asker });
  const answer = await asker.ask(`${question}: `);
  if (answer === undefined || answer.trim() === '') throw new MigError('usage', `${question}: no answer`);
  return answer.trim();
}

/** As `askText`, for a text that the terminal does not show. */
export async function askSecret(question: string, { flag, asker = TERMINAL }: Wanted): Promise<string> {
  requirePresent(question, { flag, asker });
  const answer = await asker.ask(`${question}: `, { isSecret: true });
  if (!answer) throw new MigError('usage', `${question}: no answer`);
  return answer;
}

/** As `askText`, for a yes or a no in full or by its first letter. Asks again after any other word. */
export async function askDecision(question: string, { flag, asker = TERMINAL }: Wanted): Promise<boolean> {
  requirePresent(question, { flag, asker });
  while (true) {
    const answer = (await asker.ask(`${question} (yes/no) `))?.trim().toLowerCase();
    if (answer === undefined) throw new MigError('usage', `${question} no answer`);
    if (['yes', 'y'].includes(answer)) return true;
    if (['no', 'n'].includes(answer)) return false;
  }
}

function requirePresent(question: string, { flag, asker }: Required<Wanted>): void {
  if (asker.isPresent) return;
  throw new MigError('usage', `${question}: missing; without a terminal, give it with ${flag}`);
}

/** A question may quote what an API has sent. */
async function askTerminal(
  text: string,
  { stop = new AbortController(), isSecret = false }: AskOptions = {},
): Promise<string | undefined> {
  const question = printable(text);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const output = isSecret ? silent : process.stderr;
  const isTerminal = isSecret || process.stderr.isTTY === true;
  const terminal = createInterface({ input: process.stdin, output, terminal: isTerminal });
  // Only now does the terminal show nothing of what is typed.
  if (isSecret) process.stderr.write(question);
  const ended = new AbortController();
  terminal.on('SIGINT', () => stop.abort());
  // The promise of a question stays open when its input ends.
  terminal.on('close', () => ended.abort());
  const signal = AbortSignal.any([stop.signal, ended.signal]);
  const answer = await terminal.question(question, { signal }).catch(() => undefined);
  terminal.close();
  if (isSecret || answer === undefined) process.stderr.write('\n');
  return answer;
}
