import type { Known, OpenMode } from './order.ts';

/** The completions of a line: the whole words that its last one may become, and that word. */
export function completeLine(
  line: string,
  mode: Pick<OpenMode, 'orders'>,
  known: Known,
): [words: string[], last: string] {
  // Within quotes nothing can be completed: where the word begins is not known.
  const words = line.trimStart().split(/\s+/);
  const last = words.pop() ?? '';
  const [name, ...before] = words;
  const candidates =
    name === undefined ? namesOf(mode) : argumentsOf([...before, last], { name, mode, known });
  return [candidates.filter((word) => word.startsWith(last)).map(withBlank), last];
}

function namesOf({ orders }: Pick<OpenMode, 'orders'>): string[] {
  return orders.map(({ name }) => name).sort();
}

function argumentsOf(
  words: readonly string[],
  { name, mode, known }: { name: string; mode: Pick<OpenMode, 'orders'>; known: Known },
): readonly string[] {
  const order = mode.orders.find((one) => one.name === name);
  if (order === undefined) return [];
  const bar = order.takesText === true ? -1 : words.lastIndexOf('|');
  if (bar >= 0 && bar < words.length - 1) return words.length - bar === 2 ? ['grep'] : ['-v'];
  return order.complete(words, known);
}

/** The next word may be typed at once, but after a folder its files. */
function withBlank(word: string): string {
  return word.endsWith('/') || word.endsWith('=') ? word : `${word} `;
}
