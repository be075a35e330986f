import { MigError } from '../../contract/errors.ts';

/** A part of a word: in single quotes, in double quotes, after a backslash, or plain. */
const PART = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|([^\s'"\\]+)/s;

/** The words of a line as a POSIX shell reads them. Nothing is expanded. Throws for a quote that does not end. */
export function splitShellWords(line: string): string[] {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line.charAt(at))) {
      at++;
      continue;
    }
    const { word, end } = readWord(line, at);
    words.push(word);
    at = end;
  }
  return words;
}

function readWord(line: string, start: number): { word: string; end: number } {
  let word = '';
  let end = start;
  while (end < line.length && !/\s/.test(line.charAt(end))) {
    const part = PART.exec(line.slice(end));
    if (part === null || part.index > 0)
      throw new MigError('usage', 'a quote or backslash of the line does not end');
    const [all, single, double, escaped, plain] = part;
    // Within double quotes a backslash escapes these alone.
    word += single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain ?? '';
    end += all.length;
  }
  return { word, end };
}
