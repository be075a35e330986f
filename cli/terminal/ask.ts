import { createInterface } from 'node:readline/promises';

/** Asks on a terminal. Only an answer that begins with y is a yes; Ctrl-C aborts `stop`, and an aborted `stop` is a no. */
export async function askYesNo(question: string, stop = new AbortController()): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  terminal.on('SIGINT', () => stop.abort());
  const answer = await terminal.question(`${question} [y/N] `, { signal: stop.signal }).catch(() => 'n');
  terminal.close();
  return /^y/i.test(answer);
}
