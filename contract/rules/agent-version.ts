/** How an agent version compares with another one. */
export type VersionOrder = 'same' | 'older' | 'newer' | 'not comparable';

/**
 * Compares `candidate` with `current`. A version contains its build time before or after the commit:
 * `20150324+0d0f88c.prod`, `16eb58b-201404021544` (spec/agent.md#versions). Without a time, or with times that are
 * equal as far as both are precise, versions cannot be compared.
 */
export function compareVersions(candidate: string, current: string): VersionOrder {
  if (candidate === current) return 'same';
  const [a, b] = [timeIn(candidate), timeIn(current)];
  if (a === undefined || b === undefined) return 'not comparable';
  const digits = Math.min(a.length, b.length);
  const [left, right] = [a.slice(0, digits), b.slice(0, digits)];
  if (left === right) return 'not comparable';
  return left < right ? 'older' : 'newer';
}

/** Whether a version is safe in a file name on every system, and cannot name another folder. */
export function isSafeVersion(version: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z+._-]{0,99}$/.test(version) && !version.includes('..');
}

/** `YYYYMMDD`, `YYYYMMDDhhmm` or `YYYYMMDDhhmmss`. A commit hash of digits only is hardly ever a valid date. */
function timeIn(version: string): string | undefined {
  const times = version.split(/[^0-9A-Za-z]/).filter(isTime);
  return times.length === 1 ? times[0] : undefined;
}

const BUILD_TIME =
  /^(?<year>\d{4})(?<month>\d\d)(?<day>\d\d)(?:(?<hour>\d\d)(?<minute>\d\d)(?<second>\d\d)?)?$/;

function isTime(part: string): boolean {
  const groups = BUILD_TIME.exec(part)?.groups;
  if (groups === undefined) return false;
  const { year, month, day, hour = 0, minute = 0, second = 0 } = groups;
  const isDate = Number(year) >= 1990 && isBetween(month, 1, 12) && isBetween(day, 1, 31);
  return isDate && isBetween(hour, 0, 23) && isBetween(minute, 0, 59) && isBetween(second, 0, 60);
}

function isBetween(digits: string | number | undefined, min: number, max: number): boolean {
  return Number(digits) >= min && Number(digits) <= max;
}
