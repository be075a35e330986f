import { TIME_NEVER, TIME_ZERO } from '../../contract/times.ts';

/** A time of the API for people: to the second; what has not happened is `-`. */
export function tableTime(time: string): string {
  if (time === TIME_ZERO || time.startsWith(TIME_NEVER.slice(0, 4))) return '-';
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(time) ? `${time.slice(0, 19)}Z` : time;
}
