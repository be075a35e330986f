const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};
/** What Go escapes: quotes, backslashes, and everything that is neither a letter, mark, number, sign nor the blank. */
const ESCAPED = /["\\]|(?! )[\p{C}\p{Z}]/gu;

/** A text in quotes as Go's `%q` prints it, on one line. */
export function goQuote(text: string): string {
  return `"${text.toWellFormed().replace(ESCAPED, escapeOf)}"`;
}

function escapeOf(character: string): string {
  const short = ESCAPES[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0xfffd;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
