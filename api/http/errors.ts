import type { ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { ERROR_GUIDE } from '../../contract/error-guide/error-guide.ts';
import { type ErrorCode, MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { collection } from './envelope.ts';

export const JSON_HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };

/** Classes of SQLSTATE, and codes of Node, for a database that is down, full, or shutting down. */
const DATABASE_AWAY = /^(08|53|57P)|^ECONN|^ENOTFOUND|^ETIMEDOUT/;

/** The pool of pg has no code for this error. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

/** Responds with Collection+JSON and a stable code. Unexpected errors are logged, not shown. */
export const onError: ErrorHandler<ApiEnv> = (error, c) => {
  const known = toMigError(error);
  const status = statusOf(known.code);
  if (status >= 500 && known.code !== 'overloaded') {
    c.get('log').error({ err: error, requestId: c.get('requestId') }, 'request failed');
  }
  if (status === 429) c.header('Retry-After', '60');
  if (status === 503) c.header('Retry-After', known.code === 'overloaded' ? '1' : '5');
  const body = collection(c.get('href'), { error: { code: known.code, message: known.message } });
  return c.body(body, status, JSON_HEADERS);
};

/** A code without a status of its own is a mistake of the caller. */
export function statusOf(code: ErrorCode): ContentfulStatusCode {
  return (ERROR_GUIDE[code].status ?? 400) as ContentfulStatusCode;
}

function toMigError(error: Error): MigError {
  if (error instanceof MigError) return error;
  const { code, message } = error as Error & { code?: unknown };
  if (typeof code === 'string' && DATABASE_AWAY.test(code)) {
    return new MigError('unavailable', 'the database is not available');
  }
  if (message === POOL_EXHAUSTED) {
    return new MigError('overloaded', 'every connection to the database is in use; try again');
  }
  return new MigError('internal', 'internal error; the log has it under this request id');
}
