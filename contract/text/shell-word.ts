const PLAIN = /^[\w./:,=@%+-]+$/;
/** Within double quotes a shell still replaces these; `!` only where it keeps a history. */
const SPECIAL = /["$`\\!]/;

/** A word as it is typed in a POSIX shell. Single quotes, as in targets, are kept readable by double ones around them. */
export function shellWord(word: string): string {
  if (PLAIN.test(word)) return word;
  if (word.includes("'") && !SPECIAL.test(word)) return `"${word}"`;
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command line as it is typed in a POSIX shell. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(' ');
}
