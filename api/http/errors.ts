import type { ErrorHandler } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { type ErrorCode, MigError } from '../../contract/errors.ts';
import type { ApiEnv } from '../context.ts';
import { collection } from './envelope.ts';

export const JSON_HEADERS = { 'Content-Type': 'application/json', 'Cache-Control': 'no-cache' };

/** The HTTP status of each error. All others are mistakes of the caller, 400. */
const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  body_too_large: 413,
  request_timeout: 408,
  rate_limited: 429,
  forbidden: 403,
  unauthorized: 401,
  not_found: 404,
  conflict: 409,
  sweep_unreadable: 409,
  unavailable: 503,
  overloaded: 503,
  internal: 500,
  signature_wrong: 403,
  signature_unknown_signer: 403,
  signature_duplicate: 403,
  key_expired: 403,
  key_revoked: 403,
  key_fingerprint_mismatch: 403,
  target_forbidden: 403,
};

/** Classes of SQLSTATE, and codes of Node, for a database that is down, full, or shutting down. */
const DATABASE_AWAY = /^(08|53|57P)|^ECONN|^ENOTFOUND|^ETIMEDOUT/;

/** The pool of pg has no code for this error. */
const POOL_EXHAUSTED = 'timeout exceeded when trying to connect';

/** Responds with Collection+JSON and a stable code. Unexpected errors are logged, not shown. */
export const onError: ErrorHandler<ApiEnv> = (error, c) => {
  const known = toMigError(error);
  const status = STATUS[known.code] ?? 400;
  if (status >= 500 && known.code !== 'overloaded') {
    c.get('log').error({ err: error, requestId: c.get('requestId') }, 'request failed');
  }
  if (status === 429) c.header('Retry-After', '60');
  if (status === 503) c.header('Retry-After', known.code === 'overloaded' ? '1' : '5');
  const body = collection(c.get('href'), { error: { code: known.code, message: known.message } });
  return c.body(body, status, JSON_HEADERS);
};

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
