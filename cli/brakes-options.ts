import type { Brakes } from '../contract/brakes.ts';
import { MigError } from '../contract/errors.ts';
import { parseDurationMs } from '../contract/go/duration.ts';
import {
  MAX_CANARY,
  MAX_MINIMUM_ANSWERS,
  MAX_PER_MINUTE,
  MAX_WAIT_SECONDS,
  MAX_WINDOWS,
} from '../contract/rules/brakes/limits.ts';
import { DAYS, type Day, problemOfWindow } from '../contract/rules/brakes/windows.ts';

/** The options that give brakes; the last two may be repeated. */
export const BRAKES_OPTIONS = ['canary', 'canary-wait', 'rate', 'stop-after', 'window', 'stop-at'] as const;
type BrakesOption = (typeof BRAKES_OPTIONS)[number];

/** The values of an option by its name, in order. */
type FoundValues = (name: BrakesOption) => readonly string[];

/** Reads the brakes of a command line without their schema, which takes longer to load than most commands run; undefined when it has none. Refuses a bad value with its option. */
export function readBrakes(valuesOf: FoundValues): Brakes | undefined {
  if (BRAKES_OPTIONS.every((name) => valuesOf(name).length === 0)) return undefined;
  const one = (name: BrakesOption) => valuesOf(name).at(-1);
  const windows = valuesOf('window').map(parseWindow);
  return {
    canary: canaryOf(one('canary'), one('canary-wait')),
    perminute: rateOf(one('rate')),
    windows: windows.length === 0 ? undefined : windows,
    stopat: stopOf(valuesOf('stop-at'), one('stop-after')),
  };
}

function canaryOf(text: string | undefined, wait: string | undefined): Brakes['canary'] {
  if (text === undefined) {
    if (wait !== undefined) throw new MigError('usage', '-canary-wait has no effect without -canary');
    return undefined;
  }
  const waitseconds = wait === undefined ? undefined : secondsOf(wait);
  const [, number, percent] = /^(\d{1,6})(%?)$/.exec(text) ?? [];
  const most = percent === '%' ? 100 : MAX_CANARY;
  const count = Number(number);
  if (number === undefined || count < 1 || count > most) {
    throw new MigError(
      'usage',
      `-canary must be a number of agents from 1 to ${MAX_CANARY}, or 1% to 100%, not ${JSON.stringify(text)}`,
    );
  }
  return percent === '%' ? { percent: count, waitseconds } : { agents: count, waitseconds };
}

function secondsOf(text: string): number {
  const seconds = Math.ceil((parseDurationMs(text) ?? Number.NaN) / 1000);
  if (seconds >= 1 && seconds <= MAX_WAIT_SECONDS) return seconds;
  throw new MigError(
    'usage',
    `-canary-wait must be a duration like 60s, 5m or 48h, not ${JSON.stringify(text)}`,
  );
}

function rateOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [, number] = /^(\d{1,9})\/min$/.exec(text) ?? [];
  const count = Number(number);
  if (count >= 1 && count <= MAX_PER_MINUTE) return count;
  throw new MigError(
    'usage',
    `-rate must be a number from 1 to ${MAX_PER_MINUTE} a minute, like 100/min, not ${JSON.stringify(text)}`,
  );
}

function stopOf(limits: readonly string[], after: string | undefined): Brakes['stopat'] {
  if (limits.length === 0) {
    if (after !== undefined) throw new MigError('usage', '-stop-after has no effect without -stop-at');
    return undefined;
  }
  const percents = new Map<string, number>();
  for (const limit of limits) {
    const [, what, number] = /^(failed|matched)=(\d{1,9})%$/.exec(limit) ?? [];
    const percent = Number(number);
    if (what === undefined || percent < 1 || percent > 100) {
      throw new MigError(
        'usage',
        `-stop-at must be failed=1% to failed=100%, or matched=1% to matched=100%, not ${JSON.stringify(limit)}`,
      );
    }
    if (percents.has(what)) throw new MigError('usage', `-stop-at ${what}= is given twice`);
    percents.set(what, percent);
  }
  return {
    failedpercent: percents.get('failed'),
    matchedpercent: percents.get('matched'),
    minimumanswers: after === undefined ? undefined : answersOf(after),
  };
}

function answersOf(text: string): number {
  const count = Number(text);
  if (/^\d{1,9}$/.test(text) && count >= 1 && count <= MAX_MINIMUM_ANSWERS) return count;
  throw new MigError(
    'usage',
    `-stop-after must be a number of answers from 1 to ${MAX_MINIMUM_ANSWERS}, not ${JSON.stringify(text)}`,
  );
}

/** `Mon-Fri 22:00-05:00 Europe/Berlin`; without days: every day. */
function parseWindow(text: string, place: number): NonNullable<Brakes['windows']>[number] {
  if (place >= MAX_WINDOWS) throw new MigError('usage', `-window is given more than ${MAX_WINDOWS} times`);
  const [, days, from = '', to = '', timezone = ''] =
    /^(?:(\S+) )?(\d\d:\d\d)-(\d\d:\d\d) (\S+)$/.exec(text.trim().replace(/\s+/g, ' ')) ?? [];
  if (timezone === '') {
    throw new MigError(
      'usage',
      `-window must be days, times and a time zone like "Mon-Fri 22:00-05:00 Europe/Berlin", not ${JSON.stringify(text)}`,
    );
  }
  const window = { days: days === undefined ? [...DAYS] : daysOf(days), from, to, timezone };
  const problem = problemOfWindow(window);
  if (problem === undefined) return window;
  throw new MigError('usage', `-window ${JSON.stringify(text)}: ${problem.field}: ${problem.text}`);
}

const DAY_NAMES: readonly string[] = DAYS;

/** `Mon-Fri`, `Sat,Sun`, `Fri-Mon,Wed` */
function daysOf(text: string): Day[] {
  const chosen = new Set<Day>();
  for (const part of text.toLowerCase().split(',')) {
    const [first, last = first, extra] = part.split('-').map((name) => DAY_NAMES.indexOf(name));
    if (first === undefined || last === undefined || first < 0 || last < 0 || extra !== undefined) {
      throw new MigError(
        'usage',
        `-window: the days must be like Mon-Fri or Sat,Sun, of Mon, Tue, Wed, Thu, Fri, Sat, Sun; not ${JSON.stringify(text)}`,
      );
    }
    const count = ((last - first + DAYS.length) % DAYS.length) + 1;
    for (let place = first; place < first + count; place++) chosen.add(dayAt(place));
  }
  return DAYS.filter((day) => chosen.has(day));
}

function dayAt(place: number): Day {
  const day = DAYS[place % DAYS.length];
  if (day === undefined) throw new RangeError(`no day ${place}`);
  return day;
}
