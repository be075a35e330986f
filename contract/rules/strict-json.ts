import { MigError } from '../errors.ts';

const MAX_DEPTH = 64;

/**
 * Parses JSON that came from outside. Refuses what programs read differently: keys of one object that are equal or
 * equal ignoring case (Go merges them), numbers that overflow, and nesting deeper than 64.
 */
export function parseStrictJson(text: string): unknown {
  checkShape(text);
  try {
    return JSON.parse(text, (_key, value) => {
      if (typeof value === 'number' && !Number.isFinite(value)) throw new RangeError('number out of range');
      return value;
    });
  } catch (cause) {
    throw new MigError('json_invalid', `not valid JSON: ${cause instanceof Error ? cause.message : ''}`, {
      cause,
    });
  }
}

/** Folds a key as Go's field matching does: case ignored, and the two characters that fold into ASCII letters. */
function foldKey(key: string): string {
  return key.toWellFormed().toLowerCase().replaceAll('\u212a', 'k').replaceAll('\u017f', 's');
}

/**
 * Makes a function that renames the keys of a decoded object to the given field names, ignoring case, and drops the
 * others: how Go reads JSON into a struct. Values that are null count as absent.
 */
export function goFieldsReader(names: readonly string[]): (value: unknown) => unknown {
  const exact = new Set(names);
  const byFold = new Map(names.map((name) => [foldKey(name), name]));
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    const out: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      // Nearly every key is as it should be, and folding one costs more than reading its value.
      const name = exact.has(key) ? key : byFold.get(foldKey(key));
      if (name !== undefined && item !== null) out[name] = item;
    }
    return out;
  };
}

/** One pass over the text with a stack of the keys seen per open object. Grammar errors are left to JSON.parse. */
function checkShape(text: string): void {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '{' || c === '[') {
      if (open.push(c === '{' ? new Set() : undefined) > MAX_DEPTH) {
        throw new MigError('json_too_deep', `JSON is nested deeper than ${MAX_DEPTH} levels`);
      }
    } else if (c === '}' || c === ']') open.pop();
    else if (c === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (keys && isKey(text, end)) addKey(keys, text.slice(i, end));
      i = end - 1;
    }
  }
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  return text.length;
}

function isKey(text: string, end: number): boolean {
  let i = end;
  while (text[i] === ' ' || text[i] === '\n' || text[i] === '\r' || text[i] === '\t') i++;
  return text[i] === ':';
}

function addKey(keys: Set<string>, token: string): void {
  let key: string;
  try {
    key = JSON.parse(token) as string;
  } catch {
    return; // JSON.parse of the whole text reports it
  }
  const folded = foldKey(key);
  if (keys.has(folded)) {
    throw new MigError(
      'json_duplicate_key',
      `the key ${JSON.stringify(key)} appears twice in one object (case is ignored)`,
    );
  }
  keys.add(folded);
}
