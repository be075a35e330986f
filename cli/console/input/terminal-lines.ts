import { createInterface, type Interface } from 'node:readline';
import { type Lines, MAX_LINE } from './lines.ts';

interface TerminalOptions {
  input: NodeJS.ReadStream;
  output: NodeJS.WriteStream;
  /** The orders that were typed, oldest first. */
  history: () => readonly string[];
  complete: (line: string) => [string[], string];
}

/**
 * The lines that a person types, edited by Node's readline. It has the terminal only while a line is typed: between lines
 * the terminal sends Ctrl-C as a signal, and whatever runs may ask for keys.
 */
export function createTerminalLines({ input, output, history, complete }: TerminalOptions): Lines {
  /** Lines of one paste, after the first; and the part of a line after them. */
  let ahead: string[] = [];
  let begun = '';
  let reading: Interface | undefined;

  const read = (prompt: string, isOrder: boolean) =>
    new Promise<string | undefined>((resolve) => {
      const terminal = createInterface({
        input,
        output,
        terminal: true,
        prompt,
        history: isOrder ? [...history()].reverse() : [],
        historySize: isOrder ? 1_000 : 0,
        ...(isOrder ? { completer: complete } : {}),
      });
      reading = terminal;
      let isDone = false;
      const settle = (line: string | undefined) => {
        isDone = true;
        resolve(line);
      };
      terminal.on('line', (line) => {
        if (isDone) ahead.push(line);
        else settle(line);
      });
      terminal.on('SIGINT', () => {
        output.write('^C\n');
        if (!isOrder) return settle(undefined);
        terminal.write(null, { ctrl: true, name: 'e' });
        terminal.write(null, { ctrl: true, name: 'u' });
        terminal.prompt();
      });
      // Ctrl-D, and the end of the input.
      terminal.on('close', () => {
        if (isDone) return;
        output.write('\n');
        settle(undefined);
      });
      terminal.prompt();
      if (begun !== '') terminal.write(begun);
      begun = '';
    });

  return {
    isTerminal: true,
    async next(prompt, kind) {
      const line = ahead.shift();
      if (line !== undefined) {
        output.write(`${prompt}${line}\n`);
        return line;
      }
      if (input.readableEnded || input.destroyed) return undefined;
      const typed = await read(prompt, kind === 'order');
      begun = (reading?.line ?? '').slice(0, MAX_LINE);
      reading?.close();
      reading = undefined;
      return typed?.slice(0, MAX_LINE);
    },
    clear() {
      ahead = [];
      begun = '';
    },
    close() {
      reading?.close();
    },
  };
}
