/** How two versions of the agent stand to each other. */
export type VersionOrder = 'same' | 'older' | 'newer' | 'not comparable';

/**
 * Where `candidate` stands seen from `current`. Versions carry the time they were made, before or after the commit:
 * `20150324+0d0f88c.prod`, `16eb58b-201404021544` (concepts: versions). What carries no time, or one that is the same
 * as far as both tell it, cannot be compared.
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

/** Letters that are safe in a file name on every system, and nothing that climbs out of a folder. */
export function isSafeVersion(version: string): boolean {
  return /^[0-9A-Za-z][0-9A-Za-z+._-]{0,99}$/.test(version) && !version.includes('..');
}

/** `YYYYMMDD`, `YYYYMMDDhhmm` or `YYYYMMDDhhmmss`; a commit of nothing but digits is hardly ever a date, too. */
function timeIn(version: string): string | undefined {
  const times = version.split(/[^0-9A-Za-z]/).filter(isTime);
  return times.length === 1 ? times[0] : undefined;
}

function isTime(part: string): boolean {
  const match = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?$/.exec(part);
  if (!match) return false;
  const [year, month, day, hour, minute, second] = match.slice(1).map((digits) => Number(digits ?? 0)) as [
    ...[number, number, number, number, number, number],
  ];
  const isDate = year >= 1990 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
  return isDate && hour < 24 && minute < 60 && second < 61;
}
