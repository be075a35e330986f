import { quoteRegex } from './quote-regex.ts';

/** How a value ends, as parts of regular expressions. `\t` and the like are written as in one. */
interface Ending {
  /** The characters that cannot begin a value, as in brackets. */
  notFirst: string;
  /** Matches after a value what makes it a longer one. `characters` are those that other branches read. */
  longer(characters: string): string;
}

/** Up to the end of the line, or to a comment. Blanks before those do not count. */
export const TO_COMMENT: Ending = {
  notFirst: ' \\t',
  longer: (characters) => `[^ \\t#${characters}]|[ \\t]+[^ \\t#]`,
};

/** Up to the end of the line. Blanks before it do not count. */
export const TO_END_OF_LINE: Ending = {
  notFirst: '\\s',
  longer: (characters) => `[^\\s${characters}]|\\s+\\S`,
};

/**
 * A regular expression for the beginning of every value that is none of these. RE2 has no lookahead, so the value is followed
 * character by character to where it differs from each.
 */
export function otherThan(values: readonly string[], ending: Ending): string {
  const root: TrieNode = { isValue: false, children: new Map() };
  for (const value of values) insert(root, value);
  const further = branches(root, ending);
  return `(?:${[`[^${ending.notFirst}${characters(root)}]`, ...further].join('|')})`;
}

interface TrieNode {
  isValue: boolean;
  children: Map<string, TrieNode>;
}

function insert(root: TrieNode, value: string): void {
  let node = root;
  for (const character of value) {
    const next = node.children.get(character) ?? { isValue: false, children: new Map() };
    node.children.set(character, next);
    node = next;
  }
  node.isValue = true;
}

function branches({ children }: TrieNode, ending: Ending): string[] {
  return [...children].map(([character, child]) => `${quoteRegex(character)}${differing(child, ending)}`);
}

function differing(node: TrieNode, ending: Ending): string {
  const here = node.isValue ? [ending.longer(characters(node))] : [anyBut(characters(node)), '$'];
  return `(?:${[...here, ...branches(node, ending)].join('|')})`;
}

/** The characters that a branch reads, as in brackets. */
function characters({ children }: TrieNode): string {
  return [...children.keys()]
    .map((character) => (/\w/.test(character) ? character : `\\${character}`))
    .join('');
}

function anyBut(given: string): string {
  return given === '' ? '.' : `[^${given}]`;
}
