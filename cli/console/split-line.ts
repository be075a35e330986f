import { MigError } from '../../contract/errors.ts';

/** A word of a line. A bar in quotes is no pipe. */
interface Word {
  text: string;
  isQuoted: boolean;
}

const BAR = '|';

/** The commands of a line, in order: the first is the order, the others are its filters. */
export function splitPipeline(line: string): string[][] {
  const parts: string[][] = [[]];
  for (const { text, isQuoted } of splitWords(line)) {
    if (text === BAR && !isQuoted) parts.push([]);
    else parts.at(-1)?.push(text);
  }
  return parts;
}

/**
 * The words between blanks. Quotes keep blanks: nothing in single quotes is special; in double quotes `\"` is a quote. A
 * backslash elsewhere stays, as regular expressions need it.
 */
function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let word: Word | undefined;
  let quote = '';
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    const isBlank = quote === '' && /\s/.test(character);
    if (isBlank) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word ??= { text: '', isQuoted: false };
    if (quote === '' && (character === "'" || character === '"')) {
      quote = character;
      word.isQuoted = true;
    } else if (character === quote) {
      quote = '';
    } else if (quote === '"' && character === '\\' && line[at + 1] === '"') {
      word.text += '"';
      at++;
    } else {
      word.text += character;
    }
  }
  if (quote !== '') throw new MigError('usage', `the quote ${quote} does not end`);
  if (word !== undefined) words.push(word);
  return words;
}

/** The name of an order, and the rest of its line without blanks around it. */
export function splitName(line: string): { name: string; rest: string } {
  const [, name = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
  return { name, rest };
}
