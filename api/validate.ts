import type { Context } from 'hono';
import { MigError } from '../contract/errors.ts';
import { refuseNul } from '../contract/rules/nul.ts';
import type { ApiEnv } from './context.ts';

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

/** A limit or an offset of the query. */
export function parseCount(query: Record<string, string>, name: string, byDefault: number): number {
  const value = Number(query[name] ?? byDefault);
  if (!Number.isInteger(value) || value < 0)
    throw new MigError('parameter_invalid', `${name}: must be a whole number, 0 or more`);
  return Math.min(value, MAX_LIMIT);
}

const MAX_PARAMETERS = 100;
const MAX_VALUE = 4096;

/** The parameters of a query, the first of each name, as in MIG. */
export function readQuery(c: Context<ApiEnv>): Record<string, string> {
  const values = Object.values(c.req.queries()).flat();
  if (values.length > MAX_PARAMETERS) {
    throw new MigError('parameter_invalid', `the query has more than ${MAX_PARAMETERS} values`);
  }
  if (values.some((value) => value.length > MAX_VALUE)) {
    throw new MigError('parameter_invalid', `a value of the query is over ${MAX_VALUE} characters`);
  }
  return c.req.query();
}
