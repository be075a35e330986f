import { MigError } from '../../../contract/errors.ts';
import { type Lines, MAX_LINE } from './lines.ts';

/** The lines of a pipe or file, without prompts. Reads no further than the next line needs. */
export function createPipedLines(input: NodeJS.ReadableStream): Lines {
  const lines = readLines(input);
  return {
    isTerminal: false,
    async next() {
      const { value, done } = await lines.next();
      return done === true ? undefined : value;
    },
    clear() {},
    close() {
      void lines.return(undefined);
    },
  };
}

async function* readLines(input: NodeJS.ReadableStream): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of input) {
    rest += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of [...lines, rest]) {
      if (line.length > MAX_LINE) throw new MigError('usage', `a line has more than ${MAX_LINE} characters`);
    }
    for (const line of lines) yield line.replace(/\r$/, '');
  }
  if (rest !== '') yield rest;
  return undefined;
}
