/**
 * A regular expression of PCRE2 in the syntax of RE2, where it means the same for the lines of a text file. Undefined for what
 * RE2 lacks, such as lookaheads, or reads differently. Whether RE2 accepts the rest is checked with the whole check.
 */
export function translatePcre(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN || /[^\x20-\x7e\t]/.test(pattern)) return undefined;
  let translated = '';
  let isClass = false;
  for (let index = 0; index < pattern.length; ) {
    const rest = pattern.slice(index);
    const token = (isClass ? IN_CLASS : OUTSIDE).exec(rest)?.[0];
    if (token === undefined) return undefined;
    index += token.length;
    if (token.startsWith('\\')) {
      const escaped = escapeInRe2(token, isClass);
      if (escaped === undefined) return undefined;
      translated += escaped;
      continue;
    }
    if (!isClass && /^\((\?(?!:|i\))|\*)/.test(rest)) return undefined;
    if (isClass && token === ']') isClass = false;
    else if (!isClass && token.startsWith('[')) isClass = true;
    translated += token;
  }
  return isClass ? undefined : translated;
}

const MAX_PATTERN = 1000;
/** An escape, the beginning of a class with a bracket that is a character of it, or one character. */
const OUTSIDE = /^(?:\\[\s\S]|\[\^?\]?|[\s\S])/;
/** An escape, a class by name, or one character. */
const IN_CLASS = /^(?:\\[\s\S]|\[:\^?[a-z]+:\]|[\s\S])/;

/** RE2's blanks lack the vertical tab. */
const SPACE = '\\s\\x0b';
/** The escapes that mean the same in both. */
const SAME = /^\\([dDwWbBAztnrf]|[^\w\s])$/;

function escapeInRe2(token: string, isClass: boolean): string | undefined {
  if (token === '\\s') return isClass ? SPACE : `[${SPACE}]`;
  if (token === '\\S') return isClass ? undefined : `[^${SPACE}]`;
  // Within a class, RE2 has neither a word boundary nor a backspace of this name.
  if (isClass && /^\\[bBAz]$/.test(token)) return undefined;
  return SAME.test(token) ? token : undefined;
}
