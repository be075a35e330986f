/** The macros of man(7) that pages need. Text is escaped here, so that no word of it is taken for a request. */

export function heading(title: string): string {
  return `.SH ${quote(title)}`;
}

export function subheading(title: string): string {
  return `.SS ${quote(title)}`;
}

/**
 * Turns text as `mig help` prints it into roff: lines that begin at the margin are paragraphs, which the reader's terminal
 * wraps; indented lines are tables and examples, which stay as they are.
 */
export function body(text: string): string {
  return blocksOf(text).map(toRoff).join('\n');
}

/** Lines that stay as they are. */
export function preformatted(lines: readonly string[]): string {
  return ['.PP', '.nf', ...lines.map(escapeLine), '.fi'].join('\n');
}

interface Block {
  isIndented: boolean;
  lines: string[];
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let isNew = true;
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      isNew = true;
      continue;
    }
    const isIndented = line.startsWith('  ');
    const last = blocks.at(-1);
    if (last === undefined || isNew || last.isIndented !== isIndented)
      blocks.push({ isIndented, lines: [line] });
    else last.lines.push(line);
    isNew = false;
  }
  return blocks;
}

function toRoff({ isIndented, lines }: Block): string {
  return isIndented ? preformatted(lines) : ['.PP', ...lines.map(escapeLine)].join('\n');
}

/** A line that begins with a dot would be a request. */
function escapeLine(line: string): string {
  const text = escapeText(line);
  return text.startsWith('.') ? `\\&${text}` : text;
}

/** Characters that roff prints as others, such as curly quotes: as written here they can be copied from a page. */
const KEYBOARD: Record<string, string> = {
  '\\': '\\(rs',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

function escapeText(text: string): string {
  return text
    .replace(/[\\'`^~-]/g, (character) => KEYBOARD[character] ?? character)
    .replace(/[^\n\u0020-\u007e]/gu, (character) => {
      const hex = character.codePointAt(0)?.toString(16).toUpperCase() ?? '';
      return `\\[u${hex.padStart(4, '0')}]`;
    });
}

/** An argument of a macro. */
function quote(text: string): string {
  return `"${escapeText(text).replaceAll('"', '\\(dq')}"`;
}
