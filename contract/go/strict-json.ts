import { MigError } from '../errors.ts';
import { mayHoldNul, refuseNulWithin } from '../text/nul.ts';

const MAX_DEPTH = 64;
/** Folds into itself, as nearly every key does. */
const FOLDED = /^[a-z0-9_]*$/;
/** No program writes more of a number, and without an exponent so few are below the largest double. */
const MAX_DIGITS = 300;
/** No program of MIG's or ours writes so many in one object; of half a million, JSON.parse takes a second. */
const MAX_KEYS = 65_536;
/**
 * Fields whose value belongs to somebody else and is read by him: module parameters, what a module found, tags. The names
 * in them are data (labels of searches, for one), as Go's maps keep them.
 */
const DATA_FIELDS = new Set(['parameters', 'elements', 'statistics', 'tags']);
/** How much of a key a message repeats. */
const MAX_NAMED_KEY = 256;

/**
 * Parses JSON that came from outside. Refuses what programs read differently: keys of one object that are equal or
 * equal ignoring case (Go merges them), numbers that overflow or have more than 300 digits, and nesting deeper than 64;
 * and objects of more than 65,536 keys, which take too long. Inside of DATA_FIELDS only equal keys are refused: whoever
 * reads a struct there refuses the others (`goFieldsReader`).
 */
export function parseStrictJson(text: string): unknown {
  return parseShaped(text, checkShape(text));
}

/** As `parseStrictJson`, for a text that as a whole is the value of such a field. */
export function parseStrictData(text: string): unknown {
  return parseShaped(text, checkShape(text, { isData: true }));
}

function parseShaped(text: string, { mayOverflow }: { mayOverflow: boolean }): unknown {
  try {
    // Asked for each value, JSON.parse takes three times as long.
    return mayOverflow ? JSON.parse(text, refuseInfinity) : JSON.parse(text);
  } catch (cause) {
    throw new MigError('json_invalid', `not valid JSON: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
}

/** Parses JSON that will be stored: what is strict, and without U+0000 in any key or text. */
export function parseStorableJson(text: string): unknown {
  const value = parseStrictJson(text);
  if (mayHoldNul(text)) refuseNulWithin(value);
  return value;
}

function refuseInfinity(_key: string, value: unknown): unknown {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('number out of range');
  return value;
}

/** Folds a key as Go's field matching does: case ignored, and the two characters that fold into ASCII letters. */
export function foldKey(key: string): string {
  if (FOLDED.test(key)) return key;
  return key.toWellFormed().toLowerCase().replaceAll('\u212a', 'k').replaceAll('\u017f', 's');
}

/**
 * Makes a function that renames the keys of a decoded object to the given field names, ignoring case, and drops the
 * others: how Go reads JSON into a struct. Values that are null count as absent. Of two keys of one field Go takes the
 * last: nobody can tell which was meant, so they are refused.
 */
export function goFieldsReader(
  names: readonly string[],
): (value: unknown, refuse: (why: string) => void) => unknown {
  const exact = new Set(names);
  const byFold = new Map(names.map((name) => [foldKey(name), name]));
  return (value, refuse) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const out: Record<string, unknown> = {};
    const nulls: string[] = [];
    for (const [key, item] of Object.entries(value)) {
      // Nearly every key is as it should be, and folding one costs more than reading its value.
      const name = exact.has(key) ? key : byFold.get(foldKey(key));
      if (name === undefined) continue;
      if (Object.hasOwn(out, name)) refuse(`the field '${name}' appears twice (case is ignored)`);
      out[name] = item;
      if (item === null) nulls.push(name);
    }
    for (const name of nulls) delete out[name];
    return out;
  };
}

/**
 * One pass over the text with a stack of the keys seen per open object. Grammar errors are left to JSON.parse. Tells
 * whether some number may be larger than a double can be.
 */
function checkShape(text: string, { isData = false } = {}): { mayOverflow: boolean } {
  // The keys so far of each open object; a set of its own only from the first key on, as a message may hold a million {}.
  const open: (Set<string> | 'object' | 'array')[] = [];
  // How many objects and lists are open outside of the data that is read now; undefined outside of data.
  let outside = isData ? 0 : undefined;
  let isDataNext = false;
  let mayOverflow = false;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= DIGIT_0 && c <= DIGIT_9) {
      if (++digits > MAX_DIGITS) {
        throw new MigError('json_invalid', `not valid JSON: a number of more than ${MAX_DIGITS} digits`);
      }
      continue;
    }
    // Behind a digit it begins an exponent; in true and false it does not stand behind one.
    if ((c === LETTER_E || c === CAPITAL_E) && digits > 0) mayOverflow = true;
    digits = 0;
    if (c === QUOTE) {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys !== undefined && keys !== 'array' && isKey(text, end)) {
        const own = keys === 'object' ? new Set<string>() : keys;
        open[open.length - 1] = own;
        isDataNext = DATA_FIELDS.has(addKey(own, text.slice(i, end), outside !== undefined));
      }
      i = end - 1;
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      if (open.push(c === OPEN_BRACE ? 'object' : 'array') > MAX_DEPTH) {
        throw new MigError('json_too_deep', `JSON is nested deeper than ${MAX_DEPTH} levels`);
      }
      if (isDataNext) outside ??= open.length - 1;
      isDataNext = false;
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      open.pop();
      isDataNext = false;
      if (open.length === outside && !isData) outside = undefined;
    }
  }
  return { mayOverflow };
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const [DIGIT_0, DIGIT_9, LETTER_E, CAPITAL_E] = [0x30, 0x39, 0x65, 0x45];

/** Behind the closing quote: the first one with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  for (let quote = start; ; ) {
    quote = text.indexOf('"', quote + 1);
    if (quote === -1) return text.length;
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

function isKey(text: string, end: number): boolean {
  let i = end;
  let c = text.charCodeAt(i);
  while (c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09) c = text.charCodeAt(++i);
  return c === COLON;
}

/** Takes the token with its quotes, which without an escape in it is what it says; returns the key with its case folded. */
function addKey(keys: Set<string>, token: string, isData: boolean): string {
  let key = token.slice(1, -1);
  if (key.includes('\\')) {
    try {
      key = JSON.parse(token) as string;
    } catch {
      return ''; // JSON.parse of the whole text reports it
    }
  }
  const folded = foldKey(key);
  // Go writes and reads lone surrogates as one and the same character.
  const known = isData ? key.toWellFormed() : folded;
  if (keys.has(known)) {
    throw new MigError(
      'json_duplicate_key',
      `the key ${JSON.stringify(key.slice(0, MAX_NAMED_KEY))} appears twice in one object${isData ? '' : ' (case is ignored)'}`,
    );
  }
  keys.add(known);
  if (keys.size > MAX_KEYS) {
    throw new MigError('json_invalid', `not valid JSON: an object of more than ${MAX_KEYS} keys`);
  }
  return folded;
}
