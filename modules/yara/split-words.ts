/** A text in quotes, up to those before a blank or the end, or a word. A flag may stand before: `-name='a b'`. */
const WORD = /(?<flag>-[^\s'"=]+=)?(?:'(?<single>.+?)'|"(?<double>.+?)")(?=\s|$)|\S+/gs;

/**
 * Cuts the flags of a search as MIG does (spec/modules/yara.md#parameters), but for a second text in quotes: MIG takes all
 * up to the last quote for one text.
 */
export function splitWords(text: string): string[] {
  return [...text.matchAll(WORD)].map(({ 0: word, groups = {} }) => {
    const { flag = '', single, double } = groups;
    const quoted = single ?? double;
    return quoted === undefined ? trim(trim(word, '"'), "'") : flag + quoted;
  });
}

function trim(word: string, quote: string): string {
  let start = 0;
  let end = word.length;
  while (start < end && word[start] === quote) start++;
  while (end > start && word[end - 1] === quote) end--;
  return word.slice(start, end);
}
