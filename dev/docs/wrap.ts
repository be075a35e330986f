const MAX_WIDTH = 120;

/** Wraps the long lines of Markdown lists and paragraphs. Fenced blocks and code spans stay whole. */
export function wrapMarkdown(markdown: string): string {
  let isFenced = false;
  return markdown
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('```')) isFenced = !isFenced;
      return isFenced || line.length <= MAX_WIDTH ? [line] : wrapLine(line);
    })
    .join('\n');
}

/** Further lines are indented as far as the text of the first one. */
function wrapLine(line: string): string[] {
  const [marker = ''] = /^ *(?:(?:-|\d+\.) )?/.exec(line) ?? [];
  const indent = ' '.repeat(marker.length);
  const lines: string[] = [];
  let current = marker;
  for (const word of wordsOf(line.slice(marker.length))) {
    const isFirst = current === marker || current === indent;
    if (!isFirst && current.length + 1 + word.length > MAX_WIDTH) {
      lines.push(current);
      current = indent + word;
    } else {
      current += isFirst ? word : ` ${word}`;
    }
  }
  return [...lines, current];
}

/** The words of a line, of which a code span with its punctuation is one. */
function wordsOf(text: string): string[] {
  return text.match(/(?:`[^`]*`|[^\s`])+/g) ?? [];
}
