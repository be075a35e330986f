const MAX_SHOWN = 60;

/** `must be <accepted>, not <given>` */
export function mustBe(accepted: string, given: unknown): string {
  return `must be ${accepted}, not ${describeGiven(given)}`;
}

/** What somebody gave, in a message: a number or a short text as it is, anything larger by its kind. */
export function describeGiven(given: unknown): string {
  if (given === undefined) return 'nothing';
  if (Array.isArray(given)) return 'a list';
  if (typeof given === 'object' && given !== null) return 'an object';
  if (typeof given !== 'string') return String(given);
  if (given === '') return 'an empty text';
  return given.length <= MAX_SHOWN ? `'${given}'` : `'${given.slice(0, MAX_SHOWN).toWellFormed()}…'`;
}
