import type { Action } from '../../../contract/action.ts';
import { MigError } from '../../../contract/errors.ts';
import { parseDurationMs } from '../../../contract/go/duration.ts';
import { timestampFromMillis, toTimestamp, unixMillis } from '../../../contract/go/time.ts';
import { withNewWindow } from '../../action/window.ts';

const EXAMPLES = 'settimes now +60m, or settimes 2027-01-31T12:00:00Z 2027-01-31T14:00:00Z';
const MAX_MS = 366 * 24 * 3_600_000;

/**
 * The window of an action: from now or a time in RFC 3339, to another time or so much later (`+10m`). Refuses one that has
 * ended, that ends before it begins, and one longer than a year.
 */
export function parseTimes(
  action: Action,
  { start, stop, nowMs }: { start: string; stop: string; nowMs: number },
): Pick<Action, 'validfrom' | 'expireafter'> {
  const startMs = start === 'now' ? nowMs : timeMs(start);
  const lengthMs = durationMs(stop);
  const stopMs = lengthMs === undefined ? timeMs(stop) : startMs + lengthMs;
  if (stopMs <= startMs) throw wrong(`${stop} is not later than ${start}`);
  if (stopMs <= nowMs) throw wrong(`${stop} is over`);
  if (stopMs - startMs > MAX_MS) throw wrong('that is longer than a year');
  const expireafter = timestampFromMillis(stopMs);
  if (start !== 'now') return { validfrom: timestampFromMillis(startMs), expireafter };
  // As for any action that begins now: clocks differ, so it is valid since before.
  const { validfrom } = withNewWindow(action, { validFrom: 'now', expiration: '1s', nowMs });
  return { validfrom, expireafter };
}

function timeMs(text: string): number {
  const time = toTimestamp(text);
  if (time === undefined) throw wrong(`${JSON.stringify(text)} is no time`);
  return unixMillis(time);
}

function durationMs(text: string): number | undefined {
  return parseDurationMs(text.replace(/^\+/, ''));
}

function wrong(problem: string): MigError {
  return new MigError('usage', `settimes: ${problem}; write it as in: ${EXAMPLES}`);
}
