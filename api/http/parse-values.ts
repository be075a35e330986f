import { MigError } from '../../contract/errors.ts';
import { toTimestamp } from '../../contract/go/time.ts';

/** The most records in one response; the next page has the others. */
const MAX_LIMIT = 1_000_000;

/** As MIG's clients write ids: `5`, `5.000000`. */
const ID = /^\d+(\.0*)?$/;
/** As MIG's clients write numbers: `100`, `100.000000`, `1e+06`. */
const COUNT = /^\d+(\.0*)?(e\+?\d+)?$/i;

/** A positive id from the query or a form. The refusals are worded as in MIG. */
export function parseId(thing: string, name: string, text: string | undefined): number {
  if (text === undefined || text === '') throw new MigError('parameter_invalid', `${name}: missing`);
  const id = Number(text);
  if (!ID.test(text) || !Number.isSafeInteger(id)) {
    throw new MigError('parameter_invalid', `Wrong parameters '${name}': not an id`);
  }
  if (id <= 0) throw new MigError('parameter_invalid', `Invalid ${thing} ID '${id}'`);
  return id;
}

/** An id to search for; zero is allowed, and finds nothing. */
export function parseFilterId(name: string, text: string): number {
  const id = Number(text);
  if (!ID.test(text) || !Number.isSafeInteger(id)) {
    throw new MigError('parameter_invalid', `${name}: not an id`);
  }
  return id;
}

/** The parameter `limit`, at most `MAX_LIMIT`. */
export function parseLimit(query: Record<string, string>, byDefault: number): number {
  return Math.min(parseCount(query, 'limit', { byDefault, min: 1 }), MAX_LIMIT);
}

/** The parameter `offset`. It is never cut to the number of records: clients would read the same page forever. */
export function parseOffset(query: Record<string, string>): number {
  return Math.min(parseCount(query, 'offset', { byDefault: 0, min: 0 }), Number.MAX_SAFE_INTEGER);
}

export function parseSwitch(name: string, text: string): boolean {
  if (!/^(true|false)$/i.test(text)) {
    throw new MigError('parameter_invalid', `${name}: must be true or false`);
  }
  return text.toLowerCase() === 'true';
}

export function parseTime(name: string, text: string): string {
  const time = toTimestamp(text);
  if (time === undefined) throw new MigError('parameter_invalid', `${name}: must be an RFC 3339 time`);
  return time;
}

function parseCount(
  query: Record<string, string>,
  name: string,
  { byDefault, min }: { byDefault: number; min: number },
): number {
  const text = query[name];
  if (text === undefined || text === '') return byDefault;
  const count = Number(text);
  if (!COUNT.test(text) || !Number.isInteger(count) || count < min) {
    throw new MigError('parameter_invalid', `${name}: must be a whole number, ${min} or more`);
  }
  return count;
}
