/** A row of a table has its text in a column of its own, unless fewer characters than these are left for it. */
const MIN_COLUMN = 30;
/** Further lines of a row without a column. */
const ROW_INDENT = 6;
const USAGE_INDENT = 'usage: '.length;
/** A line that is indented this far continues the row above it. */
const CONTINUED = /^ {10,}\S/;

/**
 * Fits a help text into the columns of a terminal: fills its paragraphs, and indents the further lines of a row as far as
 * its text. A command line is continued with a backslash, so that it can still be pasted.
 */
export function wrapHelp(text: string, columns: number): string {
  return blocksOf(text)
    .flatMap((block) => wrapBlock(block, columns))
    .join('\n');
}

/** The paragraphs, rows and empty lines of a text, each on one line. */
function blocksOf(text: string): string[] {
  const blocks: string[] = [];
  for (const line of text.split('\n')) {
    const before = blocks.at(-1) ?? '';
    const isContinued = before !== '' && (CONTINUED.test(line) || (isParagraph(before) && isParagraph(line)));
    if (isContinued) blocks[blocks.length - 1] = `${before} ${line.trim()}`;
    else blocks.push(line);
  }
  return blocks;
}

function isParagraph(line: string): boolean {
  return /^\S/.test(line);
}

function wrapBlock(block: string, columns: number): string[] {
  if (block.length <= columns) return [block];
  if (block.startsWith('usage: ')) return fill(usageWords(block, columns), { columns, indent: USAGE_INDENT });
  if (isParagraph(block)) return fill(block.split(/\s+/), { columns, indent: 0 });
  const [, left = '', gap = '', right] = /^( +(?:\S| (?! ))+)( {2,})(\S.*)$/.exec(block) ?? [];
  if (right !== undefined) return wrapRow({ left, gap, right, columns });
  const isCommand = block.startsWith('  mig ');
  const words = isCommand ? flagsWithValues(quotedWords(block)) : quotedWords(block);
  const lines = fill(words, { columns: columns - 2, indent: ROW_INDENT - 2, ending: isCommand ? ' \\' : '' });
  return lines.map((line) => `  ${line}`);
}

function wrapRow({
  left,
  gap,
  right,
  columns,
}: {
  left: string;
  gap: string;
  right: string;
  columns: number;
}): string[] {
  const hang = left.length + gap.length;
  const hasColumn = columns - hang >= MIN_COLUMN;
  const indent = ' '.repeat(hasColumn ? hang : ROW_INDENT);
  const [first = '', ...rest] = fill(right.split(/\s+/), { columns: columns - indent.length, indent: 0 });
  const further = rest.map((line) => indent + line);
  return hasColumn ? [left + gap + first, ...further] : [left, indent + first, ...further];
}

/** Fills lines with words. A word that is longer than a line has one of its own. */
function fill(
  words: readonly string[],
  { columns, indent, ending = '' }: { columns: number; indent: number; ending?: string },
): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    if (line.trim() !== '' && line.length + 1 + word.length + ending.length > columns) {
      lines.push(line + ending);
      line = ' '.repeat(indent) + word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The words of a usage line, of which a flag in brackets with its value is one, if a line has room for it. */
function usageWords(text: string, columns: number): string[] {
  const words = text.match(/(?:\[[^\]]*\]|<[^>]*>|[^\s[<])+/g) ?? [];
  return words.flatMap((word) => (word.length > columns - USAGE_INDENT ? word.split(' ') : [word]));
}

/** Joins each flag with the value after it. */
function flagsWithValues(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (const word of words) {
    const isValue = /^-[\w-]+$/.test(joined.at(-1) ?? '') && !word.startsWith('-');
    if (isValue) joined.push(`${joined.pop()} ${word}`);
    else joined.push(word);
  }
  return joined;
}

/** The words of a command line or of JSON, of which a quoted text is one. */
function quotedWords(text: string): string[] {
  return text.match(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|\S)+/g) ?? [];
}
