/** Whether a text is in curly quotes, as word processors insert them: no shell removes those. */
export function isTypographicallyQuoted(text: string): boolean {
  return /^[“”„«‘’‚‹].*[“”«»‘’›]$/su.test(text);
}
