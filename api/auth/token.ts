import { MigError } from '../../contract/errors.ts';
import { toTimestamp, unixMillis } from '../../contract/go/time.ts';

/** The parts of a token (spec/api.md#token), parsed but not yet verified. */
export interface Token {
  timeMs: number;
  /** The signed text, without the newline at its end. */
  head: string;
  signature: string;
}

const MAX_TOKEN = 8192;
/** MIG accepts only UTC, so an offset is refused. `toTimestamp` checks that the date exists. */
const UTC_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/;

/** Parses `1;<timestamp>;<nonce>;<signature>`. The refusals are worded as in MIG. */
export function parseToken(text: string): Token {
  if (text.length > MAX_TOKEN) throw tokenRefused('invalid token format');
  const parts = text.split(';');
  const [version, time, nonce, signature] = parts;
  if (parts.length !== 4 || !time || nonce === undefined || !signature) {
    throw tokenRefused('invalid token format');
  }
  if (version !== '1') throw tokenRefused('invalid token version, must be 1');
  const timestamp = UTC_TIME.test(time) ? toTimestamp(time) : undefined;
  if (timestamp === undefined) throw tokenRefused('token timestamp is not RFC 3339 in UTC');
  return { timeMs: unixMillis(timestamp), head: `1;${time};${nonce}`, signature };
}

/** Throws unless the token's time is within the window around now, both ends included. */
export function checkTokenTime({ timeMs }: Token, { nowMs, windowMs }: { nowMs: number; windowMs: number }) {
  if (timeMs >= nowMs - windowMs && timeMs <= nowMs + windowMs) return;
  throw tokenRefused('token timestamp is not within acceptable time limits');
}

export function tokenRefused(why: string): MigError {
  return new MigError(
    'unauthorized',
    `Authorization verification failed with error 'verifySignedToken() -> ${why}'`,
  );
}
