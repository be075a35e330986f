import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import { refuseNul } from '../../contract/text/nul.ts';
import type { ApiEnv } from '../context.ts';

/** The body of a request, which has arrived before its route began (`receive-body.ts`). */
export function readBody(c: Context<ApiEnv>, maxBytes: number): Buffer {
  const body = c.get('body') ?? Buffer.alloc(0);
  if (body.length > maxBytes) throw new MigError('body_too_large', `body is over ${maxBytes} bytes`);
  return body;
}

/** An urlencoded form. Bytes that are not UTF-8 are refused: URLSearchParams would replace them without a word. */
export function parseForm(body: Buffer): Map<string, string> {
  const form = new Map<string, string>();
  for (const pair of body.toString('latin1').split('&')) {
    if (pair === '') continue;
    const [name = '', ...rest] = pair.split('=');
    const key = decodePart(name, 'field name');
    if (form.has(key)) throw new MigError('parameter_invalid', `${key}: given twice`);
    form.set(key, decodePart(rest.join('='), key));
  }
  return form;
}

export function readForm(c: Context<ApiEnv>, maxBytes: number): Map<string, string> {
  const type = c.req.header('Content-Type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new MigError('parameter_invalid', 'Content-Type: must be application/x-www-form-urlencoded');
  }
  return parseForm(readBody(c, maxBytes));
}

/** A positive id from the query or a form; MIG's words for what is wrong with it. */
export function parseId(thing: string, name: string, text: string | undefined): number {
  if (text === undefined || text === '') throw new MigError('parameter_invalid', `${name}: missing`);
  const id = Number(text);
  if (!/^\d+(\.0*)?$/.test(text) || !Number.isSafeInteger(id)) {
    throw new MigError('parameter_invalid', `Wrong parameters '${name}': not an id`);
  }
  if (id <= 0) throw new MigError('parameter_invalid', `Invalid ${thing} ID '${id}'`);
  return id;
}

function decodePart(text: string, field: string): string {
  const bytes = Buffer.from(
    text
      .replaceAll('+', ' ')
      .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  try {
    const decoded = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    refuseNul(decoded, field);
    return decoded;
  } catch (cause) {
    if (cause instanceof MigError) throw cause;
    throw new MigError('body_not_utf8', `${field}: not valid UTF-8`, { cause });
  }
}

/** More records in one answer are not given; the next page has them. */
const MAX_LIMIT = 1_000_000;

/** As MIG's clients write numbers: `100`, `100.000000`, `1e+06`. */
const COUNT = /^\d+(\.0*)?(e\+?\d+)?$/i;

/** A limit of the query. */
export function parseLimit(query: Record<string, string>, byDefault: number): number {
  return Math.min(parseCount(query, 'limit', { byDefault, min: 1 }), MAX_LIMIT);
}

/** An offset of the query: as it is, however far behind the last record, or clients would read one page for ever. */
export function parseOffset(query: Record<string, string>): number {
  return Math.min(parseCount(query, 'offset', { byDefault: 0, min: 0 }), Number.MAX_SAFE_INTEGER);
}

function parseCount(
  query: Record<string, string>,
  name: string,
  { byDefault, min }: { byDefault: number; min: number },
): number {
  const text = query[name];
  if (text === undefined || text === '') return byDefault;
  if (!COUNT.test(text) || !Number.isInteger(Number(text)) || Number(text) < min)
    throw new MigError('parameter_invalid', `${name}: must be a whole number, ${min} or more`);
  return Number(text);
}

export function parseSwitch(name: string, text: string): boolean {
  if (!/^(true|false)$/i.test(text))
    throw new MigError('parameter_invalid', `${name}: must be true or false`);
  return text.toLowerCase() === 'true';
}

const MAX_PARAMETERS = 100;
const MAX_NAME = 64;
const MAX_VALUE = 4096;

/** The parameters of a request's query. */
export function readQuery(c: Context<ApiEnv>, known: readonly string[]): Record<string, string> {
  const query = parseQuery(queryOf(c));
  refuseUnknown(Object.keys(query), known);
  return query;
}

/** The query of a request as it came, without its question mark. */
export function queryOf(c: Context<ApiEnv>): string {
  return new URL(c.req.url).search.slice(1);
}

/**
 * The parameters of a query, each given once. A `%` that begins no escape is itself: MIG's clients write some so. Escapes
 * that make no UTF-8 are refused; `%de%` as a pattern would be taken for its text.
 */
export function parseQuery(text: string): Record<string, string> {
  const pairs = text.split('&').filter((pair) => pair !== '');
  if (pairs.length > MAX_PARAMETERS) {
    throw new MigError('parameter_invalid', `the query has more than ${MAX_PARAMETERS} values`);
  }
  const query = new Map<string, string>();
  for (const pair of pairs) {
    const [name = '', ...rest] = pair.split('=');
    const key = decodePart(name, 'parameter name');
    if (key.length > MAX_NAME) {
      throw new MigError('parameter_invalid', `a name in the query is over ${MAX_NAME} characters`);
    }
    const value = decodePart(rest.join('='), key);
    if (value.length > MAX_VALUE) {
      throw new MigError('parameter_invalid', `a value of the query is over ${MAX_VALUE} characters`);
    }
    if (query.has(key)) throw new MigError('parameter_invalid', `${key}: given twice`);
    query.set(key, value);
  }
  return Object.fromEntries(query);
}

/** A name that nothing reads would be left out of account: the answer to a slip would look like one to the question. */
export function refuseUnknown(names: readonly string[], known: readonly string[]): void {
  const name = names.find((candidate) => !known.includes(candidate));
  if (name === undefined) return;
  const others = known.length === 0 ? 'there is none' : `known are ${known.join(', ')}`;
  throw new MigError('parameter_invalid', `${name}: no such parameter here; ${others}`);
}
