import { quoteRegex } from './quote-regex.ts';

/** OSRegex's classes. Its word characters include `@`, `-` and `_`, and its blank is the space alone. */
const CLASSES: Record<string, string> = {
  w: 'A-Za-z0-9@_\\-',
  d: '0-9',
  s: ' ',
  t: '\\t',
};

/**
 * A regular expression of Wazuh's OSRegex in the syntax of RE2. OSRegex does not go back once a repetition has taken a
 * character, so one is translated only where what follows it is no character of the repetition. Undefined for the rest.
 */
export function translateOsRegex(pattern: string): string | undefined {
  if (pattern.length > 1000 || !/^[\x20-\x7e]+$/.test(pattern)) return undefined;
  const alternatives = pattern.split('|').map(translateAlternative);
  if (!alternatives.every((one) => one !== undefined)) return undefined;
  const [only] = alternatives;
  return alternatives.length === 1 ? only : `(?:${alternatives.join('|')})`;
}

function translateAlternative(pattern: string): string | undefined {
  const [, start = '', body = '', end = ''] = /^(\^?)(.*?)((?<!\\)\$?)$/s.exec(pattern) ?? [];
  let translated = '';
  for (let index = 0; index < body.length; ) {
    const [token = '', escaped, repeat, literal] = TOKEN.exec(body.slice(index)) ?? [];
    if (token === '') return undefined;
    index += token.length;
    if (literal !== undefined) translated += quoteRegex(literal);
    else if (escaped !== undefined) {
      const part = classRegex(escaped, repeat ?? '', body.slice(index));
      if (part === undefined) return undefined;
      translated += part;
    }
  }
  return translated === '' ? undefined : `${start}${translated}${end}`;
}

/** A class with its repetition, an escaped character, or a character that has no meaning of its own. */
const TOKEN = /^(?:\\([A-Za-z.$|()\\<])([+*]?)|([^\\()$^|+*]))/;

function classRegex(escaped: string, repeat: string, rest: string): string | undefined {
  const characters = CLASSES[escaped];
  if (characters === undefined)
    return repeat === '' && /[$|()\\<]/.test(escaped) ? quoteRegex(escaped) : undefined;
  const set = `[${characters}]`;
  if (repeat === '') return set;
  const [, nextClass, next] = /^(?:\\([wdst])|([^\\()]))/.exec(rest) ?? [];
  const following =
    nextClass === undefined ? (next === undefined ? undefined : [next]) : membersOf(nextClass);
  const member = new RegExp(set, 'i');
  const isDisjoint = following?.every((character) => !member.test(character));
  return rest === '' || isDisjoint ? `${set}${repeat}` : undefined;
}

/** The characters of a class. */
function membersOf(name: string): string[] {
  const member = new RegExp(`[${CLASSES[name]}]`);
  return Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((one) =>
    member.test(one),
  );
}
