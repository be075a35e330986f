import type { Context } from 'hono';
import { MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { parseForm, parseQuery } from './parse-pairs.ts';

/** The body of a request, which was received before its route started (`receive-body.ts`). */
export function readBody(c: Context<ApiEnv>): Buffer {
  return c.get('body') ?? Buffer.alloc(0);
}

/** The fields of an urlencoded body. */
export function readForm(c: Context<ApiEnv>): Map<string, string> {
  const body = readBody(c);
  if (body.length === 0) return new Map();
  const type = c.req.header('Content-Type') ?? '';
  if (!type.startsWith('application/x-www-form-urlencoded')) {
    throw new MigError('parameter_invalid', 'Content-Type: must be application/x-www-form-urlencoded');
  }
  return parseForm(body);
}

/** The parameters of the query. */
export function readQuery(c: Context<ApiEnv>): Record<string, string> {
  return parseQuery(new URL(c.req.url).search.slice(1));
}
