/** A point in time as UTC RFC 3339 text with at most microseconds, e.g. `2026-11-23T06:57:48.816498Z`. */
export type Timestamp = string;

const DATE = String.raw`(?<year>\d{4})-(?<month>\d{2})-(?<day>\d{2})`;
const CLOCK = String.raw`(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:[.,](?<fraction>\d{1,18}))?`;
const OFFSET = String.raw`[Zz]|(?<sign>[+-])(?<offsetHours>\d{2}):?(?<offsetMinutes>\d{2})?`;
const RFC3339 = new RegExp(`^${DATE}[Tt ]${CLOCK}(?:${OFFSET})$`);
/** In Unix seconds. With its offset a time may leave the four-digit years, and Postgres has no year 0. */
const YEAR_1 = -62_135_596_800;
const YEAR_10000 = 253_402_300_800;

/** Any accepted time as a normalised Timestamp; undefined when the text is not a time. */
export function toTimestamp(text: string): Timestamp | undefined {
  const time = parseTime(text);
  return time && formatTime(time);
}

export function formatTime(time: { seconds: number; micros: number }): Timestamp {
  const days = Math.floor(time.seconds / 86_400);
  const rest = time.seconds - days * 86_400;
  const [year, month, day] = civilFromDays(days);
  const clock = [Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
    .map((n) => pad(n, 2))
    .join(':');
  const fraction = time.micros === 0 ? '' : `.${pad(time.micros, 6).replace(/0+$/, '')}`;
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${clock}${fraction}Z`;
}

/** Whole Unix seconds, rounded down, as in the signed text. */
export function unixSeconds(timestamp: Timestamp): number {
  const time = parseTime(timestamp);
  if (!time) throw new RangeError(`not a time: ${timestamp}`);
  return time.seconds;
}

/** Milliseconds since the epoch, rounded down: for timers and comparisons only, never for the signed text. */
export function unixMillis(timestamp: Timestamp): number {
  const time = parseTime(timestamp);
  if (!time) throw new RangeError(`not a time: ${timestamp}`);
  return time.seconds * 1000 + Math.floor(time.micros / 1000);
}

export function timestampFromMillis(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  return formatTime({ seconds, micros: Math.floor(ms - seconds * 1000) * 1000 });
}

/**
 * Reads RFC 3339 (or Postgres' ISO form) into UTC seconds and microseconds; undefined when the text is not a time. Digits
 * beyond microseconds are cut off, never rounded: a second that rolls over would break signatures.
 */
function parseTime(text: string): { seconds: number; micros: number } | undefined {
  const groups = RFC3339.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { sign, fraction = '' } = groups;
  const numberIn = (part: string) => Number(groups[part] ?? 0);
  const [year, month, day] = [numberIn('year'), numberIn('month'), numberIn('day')];
  const [hour, minute, second] = [numberIn('hour'), numberIn('minute'), numberIn('second')];
  if (month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = (numberIn('offsetHours') * 60 + numberIn('offsetMinutes')) * 60 * (sign === '-' ? -1 : 1);
  const seconds = daysFromCivil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
  if (seconds < YEAR_1 || seconds >= YEAR_10000) return undefined;
  return { seconds, micros: Number(fraction.slice(0, 6).padEnd(6, '0')) };
}

function pad(n: number, width: number): string {
  return String(n).padStart(width, '0');
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Days from 1970-01-01 to a proleptic Gregorian date, by the usual era arithmetic; Date would read year 1 as 1901. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

function civilFromDays(days: number): [year: number, month: number, day: number] {
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const doe = z - era * 146_097;
  const yoe = Math.floor(
    (doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365,
  );
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100));
  const mp = Math.floor((5 * doy + 2) / 153);
  const month = mp < 10 ? mp + 3 : mp - 9;
  return [yoe + era * 400 + (month <= 2 ? 1 : 0), month, doy - Math.floor((153 * mp + 2) / 5) + 1];
}
