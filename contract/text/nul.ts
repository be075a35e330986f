import { MigError } from '../errors.ts';

// Postgres cannot store U+0000 in a text, and fails to read a JSON value that contains it as an escape.

const NUL = '\u0000';
/** The only form in JSON, where control characters must be escaped. */
const ESCAPED = '\\u0000';
/** MIG's clients expect this word in its place. */
const WORD = 'NULL';

/** Whether the value of this JSON text may contain U+0000. False for nearly every text, which saves a walk over the value. */
export function mayContainNul(json: string): boolean {
  return json.includes(ESCAPED);
}

/** Refuses a text with U+0000, naming its field. */
export function refuseNul(text: string, field: string): void {
  if (text.includes(NUL)) throw new MigError('nul_character', `${field}: must not contain U+0000`);
}

/** Refuses a decoded JSON value with U+0000 in any key or text, naming the path. */
export function refuseNulWithin(value: unknown, path = 'value'): void {
  if (typeof value === 'string') refuseNul(value, path);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value)) {
    refuseNul(key, path);
    refuseNulWithin(item, path === 'value' ? key : `${path}.${key}`);
  }
}

/** Writes NULL in place of U+0000 in every key and text of a decoded JSON value. */
export function replaceNul(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(NUL, WORD);
  if (Array.isArray(value)) return value.map(replaceNul);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replaceAll(NUL, WORD), replaceNul(item)]),
  );
}
