/** Whether a text is in the curly quotes that word processors put in; no shell removes those. */
export function isTypographicallyQuoted(text: string): boolean {
  return /^[“”„«‘’‚‹].*[“”«»‘’›]$/su.test(text);
}
