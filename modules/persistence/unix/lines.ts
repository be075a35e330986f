/** The lines of a configuration without comments, blank lines and blanks at their ends. */
export function meaningfulLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
