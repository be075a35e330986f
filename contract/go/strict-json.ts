import { MigError } from '../errors.ts';
import { mayContainNul, refuseNulWithin } from '../text/nul.ts';
import { checkShape } from './json-shape.ts';

/**
 * Parses JSON from outside. Refuses JSON that programs read differently: keys of one object that are equal or equal ignoring
 * case (Go merges them), numbers that overflow or have more than 300 digits, and nesting deeper than 64; also objects of
 * more than 65,536 keys, which take too long. In data fields such as `parameters` only equal keys are refused; the
 * reader of a struct there refuses the others (`goFieldsReader`).
 */
export function parseStrictJson(text: string): unknown {
  return parseChecked(text, checkShape(text));
}

/** As `parseStrictJson`, for a text that as a whole is the value of a data field. */
export function parseStrictData(text: string): unknown {
  return parseChecked(text, checkShape(text, { isData: true }));
}

/** As `parseStrictJson`, for JSON that will be stored: refuses U+0000 in any key or text. */
export function parseStorableJson(text: string): unknown {
  const value = parseStrictJson(text);
  if (mayContainNul(text)) refuseNulWithin(value);
  return value;
}

function parseChecked(text: string, { mayOverflow }: { mayOverflow: boolean }): unknown {
  try {
    // A reviver makes JSON.parse three times slower.
    return mayOverflow ? JSON.parse(text, refuseInfinity) : JSON.parse(text);
  } catch (cause) {
    throw new MigError('json_invalid', `not valid JSON: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('number out of range');
  return value;
}
