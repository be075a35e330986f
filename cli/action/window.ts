import { randomInt } from 'node:crypto';
import type { Action } from '../../contract/action.ts';
import { MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import { type Timestamp, timestampFromMillis, toTimestamp, unixMillis } from '../../contract/go/time.ts';
import { TIME_ZERO } from '../../contract/times.ts';
import type { GlobalOptions } from '../options.ts';

/** Clocks differ, so an action is valid from at least a minute ago, as with MIG's client. */
const SLACK_MS = 60_000;
const DEFAULT_EXPIRATION = '300s';
/** Times are signed in whole seconds. Without a random spread two actions of one second could have equal signed texts. */
const SPREAD_S = 600;

/** Whether an action has a window of validity; without one, its window begins when it is signed. */
export function hasWindow({ validfrom }: Action): boolean {
  return validfrom !== TIME_ZERO;
}

/** Replaces the window of an unsigned action by one that begins now, or at a time in RFC 3339. */
export function withNewWindow(
  action: Action,
  { validFrom, expiration, nowMs }: { validFrom: string; expiration: string; nowMs: number },
): Action {
  const cleared = { ...action, validfrom: TIME_ZERO, expireafter: TIME_ZERO };
  if (validFrom === 'now') return withWindow(cleared, { expiration, nowMs });
  const validfrom = startOfWindow(validFrom);
  const expireMs = unixMillis(validfrom) + requireDurationMs(expiration);
  return { ...action, validfrom, expireafter: timestampFromMillis(expireMs) };
}

/** The time of -validfrom. */
export function startOfWindow(text: string): Timestamp {
  const validfrom = toTimestamp(text);
  if (validfrom !== undefined) return validfrom;
  throw new MigError(
    'usage',
    `-validfrom must be now or a time like 2027-01-31T03:00:00Z, not ${JSON.stringify(text)}`,
  );
}

/** Gives an action a window from now to its expiration, unless it has one or is signed. */
export function withWindow(
  action: Action,
  {
    expiration = DEFAULT_EXPIRATION,
    nowMs = Date.now(),
  }: Pick<GlobalOptions, 'expiration'> & { nowMs?: number },
): Action {
  if (hasWindow(action) || action.pgpsignatures.length > 0) return action;
  const validMs = requireDurationMs(expiration);
  return {
    ...action,
    validfrom: timestampFromMillis(nowMs - SLACK_MS - randomInt(SPREAD_S) * 1000),
    expireafter: timestampFromMillis(Math.ceil((nowMs + validMs) / 1000) * 1000),
  };
}

function requireDurationMs(expiration: string): number {
  const durationMs = parseDurationMs(expiration);
  if (durationMs !== undefined) return durationMs;
  throw new MigError('usage', `-e must be a duration, not ${expiration}`);
}
