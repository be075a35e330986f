import { MigError } from '../contract/errors.ts';
import { parseDurationMs } from '../contract/go/duration.ts';
import { toTimestamp } from '../contract/go/time.ts';

const DAY_MS = 24 * 3600_000;

/**
 * A time from a flag: RFC 3339, a date (its beginning in UTC), or a duration such as 12h, 30d or 8w, counted ahead from now
 * or back.
 */
export function parseTimeFlag(
  name: string,
  text: string,
  { nowMs, isAhead }: { nowMs: number; isAhead: boolean },
): string {
  const ms = durationMs(text);
  const time = ms === undefined ? toTimestamp(dated(text)) : shifted(nowMs, isAhead ? ms : -ms);
  if (time !== undefined) return time;
  throw new MigError(
    'usage',
    `-${name} must be a date (2027-01-31), an RFC 3339 time, or a duration such as 12h, 30d or 8w, not ${JSON.stringify(text)}`,
  );
}

function durationMs(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([dw])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * DAY_MS * (unit === 'w' ? 7 : 1);
  return parseDurationMs(text);
}

function dated(text: string): string {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
}

function shifted(nowMs: number, byMs: number): string | undefined {
  const date = new Date(nowMs + byMs);
  return Number.isNaN(date.getTime()) ? undefined : toTimestamp(date.toISOString());
}
