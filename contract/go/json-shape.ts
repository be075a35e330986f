import { MigError } from '../errors.ts';
import { foldKey } from './struct-fields.ts';

const MAX_DEPTH = 64;
/** No program writes a longer number, and without an exponent 300 digits stay below the largest double. */
const MAX_DIGITS = 300;
/** No program of MIG's or ours writes more keys in one object. JSON.parse needs a second for half a million. */
const MAX_KEYS = 65_536;
/** Fields whose value is data with its own names, such as labels of searches. Go's maps distinguish them by case. */
const DATA_FIELDS = new Set(['parameters', 'elements', 'statistics', 'tags']);
/** The most characters of a key in a message. */
const MAX_NAMED_KEY = 256;

/**
 * Refuses JSON that programs read differently, or whose parsing takes too long, in one pass. JSON.parse reports grammar
 * errors. `isData`: the whole text is the value of a data field. `mayOverflow`: some number may be above the largest double.
 */
export function checkShape(text: string, { isData = false } = {}): { mayOverflow: boolean } {
  const nesting = new Nesting({ isData });
  let mayOverflow = false;
  let digits = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c >= DIGIT_0 && c <= DIGIT_9) {
      digits++;
      if (digits > MAX_DIGITS) {
        throw new MigError('json_invalid', `not valid JSON: a number of more than ${MAX_DIGITS} digits`);
      }
      continue;
    }
    // After a digit an E begins an exponent; the E of true and false follows a letter.
    if ((c === LETTER_E || c === CAPITAL_E) && digits > 0) mayOverflow = true;
    digits = 0;
    if (c === QUOTE) {
      const end = endOfString(text, i);
      if (nesting.isInObject() && isFollowedByColon(text, end)) nesting.addKey(text.slice(i, end));
      i = end - 1;
    } else if (c === OPEN_BRACE || c === OPEN_BRACKET) {
      nesting.open(c === OPEN_BRACE ? 'object' : 'array');
    } else if (c === CLOSE_BRACE || c === CLOSE_BRACKET) {
      nesting.close();
    }
  }
  return { mayOverflow };
}

/** The objects and lists around the current position in a text. */
class Nesting {
  /** The keys of each open object. Their set is created with the first key: a message may contain a million `{}`. */
  readonly #open: (Set<string> | 'object' | 'array')[] = [];
  /** The number of objects and lists around the present data; undefined outside of data. */
  #dataDepth: number | undefined;
  #isDataNext = false;

  constructor({ isData }: { isData: boolean }) {
    // No depth is ever -1, so such data never ends.
    this.#dataDepth = isData ? -1 : undefined;
  }

  open(kind: 'object' | 'array'): void {
    if (this.#open.push(kind) > MAX_DEPTH) {
      throw new MigError('json_too_deep', `JSON is nested deeper than ${MAX_DEPTH} levels`);
    }
    if (this.#isDataNext) this.#dataDepth ??= this.#open.length - 1;
    this.#isDataNext = false;
  }

  close(): void {
    this.#open.pop();
    this.#isDataNext = false;
    if (this.#open.length === this.#dataDepth) this.#dataDepth = undefined;
  }

  isInObject(): boolean {
    const innermost = this.#open.at(-1);
    return innermost !== undefined && innermost !== 'array';
  }

  /** Adds a key to the innermost object. The token has its quotes. */
  addKey(token: string): void {
    const key = decodeKey(token);
    // JSON.parse of the whole text reports a key that cannot be decoded.
    this.#isDataNext = false;
    if (key === undefined) return;
    const isData = this.#dataDepth !== undefined;
    // Go writes and reads all lone surrogates as one character.
    const known = isData ? key.toWellFormed() : foldKey(key);
    this.#isDataNext = !isData && DATA_FIELDS.has(known);
    const keys = this.#keysOfInnermost();
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
  }

  #keysOfInnermost(): Set<string> {
    const innermost = this.#open.at(-1);
    if (innermost instanceof Set) return innermost;
    const keys = new Set<string>();
    this.#open[this.#open.length - 1] = keys;
    return keys;
  }
}

const [QUOTE, BACKSLASH, COLON] = [0x22, 0x5c, 0x3a];
const [SPACE, TAB, LINE_FEED, CARRIAGE_RETURN] = [0x20, 0x09, 0x0a, 0x0d];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];
const [DIGIT_0, DIGIT_9, LETTER_E, CAPITAL_E] = [0x30, 0x39, 0x65, 0x45];

/** The index after the closing quote: the first quote with an even number of backslashes before it. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(quote - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

function isFollowedByColon(text: string, end: number): boolean {
  let i = end;
  while (isSpace(text.charCodeAt(i))) i++;
  return text.charCodeAt(i) === COLON;
}

function isSpace(c: number): boolean {
  return c === SPACE || c === LINE_FEED || c === CARRIAGE_RETURN || c === TAB;
}

/** Most keys have no escape and need no decoding. Undefined when the token is not valid JSON. */
function decodeKey(token: string): string | undefined {
  if (!token.includes('\\')) return token.slice(1, -1);
  try {
    return JSON.parse(token) as string;
  } catch {
    return undefined;
  }
}
