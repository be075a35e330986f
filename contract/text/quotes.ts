/** Quotes that a word processor makes of straight ones; no shell takes them away. */
export function isTypographicallyQuoted(text: string): boolean {
  return /^[“”„«‘’‚‹].*[“”«»‘’›]$/su.test(text);
}
