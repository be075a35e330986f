import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { parseForm, parseQuery, refuseUnknown } from './parse-pairs.ts';

/** The body of a request, which was received before its route started (`receive-body.ts`). */
export function readBody(c: Context<ApiEnv>, maxBytes: number): Buffer {
  const body = c.get('body') ?? Buffer.alloc(0);
  if (body.length > maxBytes) throw new MigError('body_too_large', `body is over ${maxBytes} bytes`);
  return body;
}

/** The fields of an urlencoded body. */
export function readForm(c: Context<ApiEnv>, maxBytes: number): Map<string, string> {
  const type = c.req.header('Content-Type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new MigError('parameter_invalid', 'Content-Type: must be application/x-www-form-urlencoded');
  }
  return parseForm(readBody(c, maxBytes));
}

/** A field that must be there. */
export function requireField(form: ReadonlyMap<string, string>, name: string): string {
  const text = form.get(name);
  if (text === undefined) throw new MigError('parameter_invalid', `${name}: missing form field`);
  return text;
}

/** The parameters of the query; refuses every name that is not `known`. */
export function readQuery(c: Context<ApiEnv>, known: readonly string[]): Record<string, string> {
  const query = parseQuery(queryOf(c));
  refuseUnknown(Object.keys(query), known);
  return query;
}

/** The query as it was sent, without its question mark. */
export function queryOf(c: Context<ApiEnv>): string {
  return new URL(c.req.url).search.slice(1);
}
