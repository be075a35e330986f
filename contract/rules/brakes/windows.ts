export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** A part of the week by the clock on the wall. One that ends before it begins ends on the next day. */
export interface TimeWindow {
  /** The days on which it opens. */
  days: readonly Day[];
  /** `22:00` */
  from: string;
  /** `05:00`, or `24:00` */
  to: string;
  /** As IANA names it: `Europe/Berlin`. */
  timezone: string;
}

/** What the times of a window look like. */
export const BEGINS = { form: /^([01]\d|2[0-3]):[0-5]\d$/, problem: 'must be a time of day as 22:00' };
export const ENDS = {
  form: /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/,
  problem: 'must be a time of day as 05:00, or 24:00',
};

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** No two places on earth have clocks that differ by more. */
const MAX_OFFSETS_MS = 26 * HOUR_MS;
/** A window that is open once a week may fall into the hour that a change to summer time skips. */
const HORIZON_DAYS = 15;

/** Why a window is none, with the field; undefined when it is one. */
export function problemOfWindow({
  from,
  to,
  timezone,
}: Omit<TimeWindow, 'days'>): { field: 'from' | 'to' | 'timezone'; text: string } | undefined {
  if (!BEGINS.form.test(from)) return { field: 'from', text: BEGINS.problem };
  if (!ENDS.form.test(to)) return { field: 'to', text: ENDS.problem };
  if (minuteOf(from) === minuteOf(to)) {
    return { field: 'to', text: 'must not be when it begins: whole days are from 00:00 to 24:00' };
  }
  if (isTimeZone(timezone)) return undefined;
  return { field: 'timezone', text: 'must be a time zone that is known here, as Europe/Berlin or UTC' };
}

/** Whether a time zone of this name is known here. Offsets such as +02:00 are none: they know no summer time. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Whether any of the windows is open, and when that changes next; undefined: not within two weeks. */
export function windowsAt(
  windows: readonly TimeWindow[],
  nowMs: number,
): { isOpen: boolean; changesAtMs: number | undefined } {
  const clocks = windows.map((window) => ({ window, clock: createClock(window.timezone) }));
  const isOpenAt = (ms: number) => clocks.some(({ window, clock }) => isOpen(window, clock(ms)));
  const isOpenNow = isOpenAt(nowMs);
  const changes = clocks
    .flatMap(({ window, clock }) => possibleChanges(window, clock, nowMs))
    .filter((ms) => ms > nowMs)
    .sort((one, other) => one - other);
  return { isOpen: isOpenNow, changesAtMs: changes.find((ms) => isOpenAt(ms) !== isOpenNow) };
}

/** When the next window opens, by its own clock: `Mon 2026-11-30 22:00 Europe/Berlin`. */
export function openingInWords(windows: readonly TimeWindow[], opensAtMs: number): string {
  for (const { timezone, ...window } of windows) {
    const wall = createClock(timezone)(opensAtMs);
    if (!isOpen({ timezone, ...window }, wall)) continue;
    const [day = '', time = ''] = new Date(wall).toISOString().split('T');
    return `${capitalised(dayOf(wall))} ${day} ${time.slice(0, 5)} ${timezone}`;
  }
  return new Date(opensAtMs).toISOString();
}

/**
 * Whether windows are open only when others are, in any week. Only clocks of the same time zone are compared: that two zones
 * agree may change. Without windows it is always open.
 */
export function isWithin(
  windows: readonly TimeWindow[] | undefined,
  others: readonly TimeWindow[],
): windows is readonly TimeWindow[] {
  if (windows === undefined) return false;
  const isZone = (one: TimeWindow, other: TimeWindow) =>
    one.timezone.toLowerCase() === other.timezone.toLowerCase();
  const isCovered = (window: TimeWindow, wallMs: number) =>
    others.some((other) => isZone(other, window) && isOpen(other, wallMs));
  // Between two of these minutes no window opens or closes.
  const minutes = new Set([
    0,
    ...[...windows, ...others].flatMap(({ from, to }) => [minuteOf(from), minuteOf(to)]),
  ]);
  return DAYS.every((_, day) =>
    [...minutes].every((minute) => {
      const wallMs = day * DAY_MS + minute * MINUTE_MS;
      return windows.every((window) => !isOpen(window, wallMs) || isCovered(window, wallMs));
    }),
  );
}

/** What a clock on the wall shows at a time, as if it showed UTC. */
type Clock = (ms: number) => number;

function createClock(timezone: string): Clock {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: timezone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (ms) => {
    const part: Record<string, number> = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
}

function isOpen({ days, from, to }: TimeWindow, wallMs: number): boolean {
  const minute = Math.floor((wallMs % DAY_MS) / MINUTE_MS);
  const [opens, closes] = [minuteOf(from), minuteOf(to)];
  const opensToday = days.includes(dayOf(wallMs));
  if (opens < closes) return opensToday && minute >= opens && minute < closes;
  const openedYesterday = days.includes(dayOf(wallMs - DAY_MS));
  return (opensToday && minute >= opens) || (openedYesterday && minute < closes);
}

/** Every time at which a window may open or close: when the clock shows an end of it, and when the clock is changed. */
function possibleChanges({ from, to }: TimeWindow, clock: Clock, nowMs: number): number[] {
  const today = Math.floor(clock(nowMs) / DAY_MS);
  const changes: number[] = [];
  for (let day = today - 1; day <= today + HORIZON_DAYS; day++) {
    for (const minute of [minuteOf(from), minuteOf(to)]) {
      changes.push(...timesOf(day * DAY_MS + minute * MINUTE_MS, clock));
    }
  }
  return changes;
}

/** The times at which a clock may show this: two when it is set back, and the time of the change when it is changed then. */
function timesOf(wallMs: number, clock: Clock): number[] {
  const [earliest, latest] = [wallMs - MAX_OFFSETS_MS, wallMs + MAX_OFFSETS_MS];
  const before = clock(earliest) - earliest;
  const after = clock(latest) - latest;
  if (before === after) return [wallMs - before];
  let [low, high] = [earliest, latest];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (offsetAt(clock, middle) === before) low = middle;
    else high = middle;
  }
  return [wallMs - before, wallMs - after, high];
}

/** The clock shows whole seconds. */
function offsetAt(clock: Clock, ms: number): number {
  const second = Math.floor(ms / 1000) * 1000;
  return clock(second) - second;
}

function dayOf(wallMs: number): Day {
  // 1970-01-01 was a Thursday.
  const day = DAYS[(Math.floor(wallMs / DAY_MS) + 3) % DAYS.length];
  if (day === undefined) throw new RangeError(`no day of the week for ${wallMs}`);
  return day;
}

function minuteOf(time: string): number {
  const [hours, minutes] = time.split(':');
  return Number(hours) * 60 + Number(minutes);
}

function capitalised(day: string): string {
  return `${day.charAt(0).toUpperCase()}${day.slice(1)}`;
}
