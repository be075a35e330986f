/** Returns a value that the test relies on. Throws when it is missing. */
export function defined<T>(value: T | null | undefined): T {
  if (value === undefined || value === null) throw new Error('a value that the test relies on is missing');
  return value;
}
