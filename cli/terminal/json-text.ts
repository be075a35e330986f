import { printableJson } from '../../contract/text/printable.ts';

/**
 * A value as JSON on one line that a terminal shows as it is. Lone surrogates become U+FFFD: many parsers refuse a whole
 * line for one.
 */
export function jsonText(value: unknown): string {
  const json = JSON.stringify(value);
  return printableJson(LONE_SURROGATE.test(json) ? JSON.stringify(value, wellFormed) : json);
}

/** JSON.stringify escapes surrogates only where they are alone. */
const LONE_SURROGATE = /\\ud[89a-f]/;

function wellFormed(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
