import { MigError } from '../errors.ts';

interface Field {
  name: string;
  min: number;
  max: number;
  /** Names in place of numbers, the first for `min`. */
  names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of the week', min: 0, max: 7, names: DAYS },
];
const MACROS = new Map([
  ['@hourly', '0 * * * *'],
  ['@daily', '0 0 * * *'],
  ['@midnight', '0 0 * * *'],
  ['@weekly', '0 0 * * 0'],
  ['@monthly', '0 0 1 * *'],
  ['@yearly', '0 0 1 1 *'],
  ['@annually', '0 0 1 1 *'],
]);
const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads a cron expression of five fields or a macro such as `@daily`. Returns expressions whose times together are those
 * that cron means: it fires when the day of the month or the day of the week matches, but Temporal only when both do.
 * Throws `parameter_invalid` for an expression that is none, never fires, or has seconds.
 */
export function parseCron(text: string): string[] {
  const fields = splitFields(text);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields as [string, string, string, string, string];
  if (dayOfMonth.startsWith('*') || dayOfWeek.startsWith('*')) {
    requireSomeDay(fields, text);
    return [fields.join(' ')];
  }
  return [[minute, hour, dayOfMonth, month, '*'].join(' '), [minute, hour, '*', month, dayOfWeek].join(' ')];
}

/** When a sweep runs, field by field. A day must match both the day of the month and that of the week. */
export interface Calendar {
  minute: string;
  hour: string;
  dayofmonth: string;
  month: string;
  dayofweek: string;
}

/** The expression for Temporal, which reads it as a calendar. Throws `parameter_invalid` as `parseCron`. */
export function parseCalendar({ minute, hour, dayofmonth, month, dayofweek }: Calendar): string[] {
  const text = [minute, hour, dayofmonth, month, dayofweek].join(' ');
  const fields = splitFields(text);
  requireSomeDay(fields, text);
  return [fields.join(' ')];
}

function splitFields(text: string): string[] {
  const lower = text.trim().toLowerCase();
  if (lower.startsWith('@') && !MACROS.has(lower)) {
    throw invalid(text, `there is no ${lower}; known are ${[...MACROS.keys()].join(', ')}`);
  }
  const fields = (MACROS.get(lower) ?? lower).split(/\s+/);
  if (fields.length > FIELDS.length) {
    throw invalid(
      text,
      'a sweep has no seconds and no years: write minute, hour, day, month, day of the week',
    );
  }
  if (fields.length < FIELDS.length) {
    throw invalid(text, 'five fields are needed: minute, hour, day of the month, month, day of the week');
  }
  return fields.map((value, index) => {
    const field = FIELDS[index] as Field;
    const problem = problemOf(value, field);
    if (problem !== undefined) throw invalid(text, `${field.name} '${value}': ${problem}`);
    return withNumbers(value, field);
  });
}

/** `problemOf` has found every part to be good. */
function withNumbers(value: string, field: Field): string {
  return value.replace(/[a-z]+/g, (name) => String(numberOf(name, field)));
}

function problemOf(value: string, field: Field): string | undefined {
  for (const part of value.split(',')) {
    const match = /^(?:\*|([a-z0-9]+)(?:-([a-z0-9]+))?)(?:\/(\d{1,3}))?$/.exec(part);
    if (match === null) {
      return `must be *, a number from ${field.min} to ${field.max}, a list 1,2, a range 1-5 or a step */2`;
    }
    const [, from, to, step] = match;
    for (const number of [from, to]) {
      if (number !== undefined && numberOf(number, field) === undefined) {
        return `must be from ${field.min} to ${field.max}`;
      }
    }
    if (to !== undefined && numberIn(to, field) < numberIn(from, field)) return 'ends before it begins';
    if (step !== undefined && (Number(step) < 1 || Number(step) > field.max)) {
      return `a step must be from 1 to ${field.max}`;
    }
  }
  return undefined;
}

function numberOf(text: string, { min, max, names }: Field): number | undefined {
  const named = names?.indexOf(text) ?? -1;
  const number = named === -1 ? Number(/^\d{1,2}$/.exec(text)?.[0] ?? Number.NaN) : named + min;
  return number >= min && number <= max ? number : undefined;
}

function numberIn(text: string | undefined, field: Field): number {
  return numberOf(text ?? '', field) ?? Number.NaN;
}

/** A 31st of February never comes. */
function requireSomeDay(fields: readonly string[], text: string): void {
  const [, , days, months] = FIELDS.map((field, index) => valuesOf(fields[index] ?? '*', field));
  const firstDay = Math.min(...(days ?? []));
  if (DAYS_OF_MONTH.some((count, index) => firstDay <= count && months?.includes(index + 1))) return;
  throw invalid(text, 'it never fires: no such day is in these months');
}

function valuesOf(value: string, field: Field): number[] {
  return value.split(',').flatMap((part) => {
    const [range = '*', step = '1'] = part.split('/');
    const [from, to] = range === '*' ? [String(field.min), String(field.max)] : range.split('-');
    const first = numberIn(from, field);
    const isOpen = to === undefined && part.includes('/');
    const last = isOpen ? field.max : numberIn(to ?? from, field);
    const count = Math.floor((last - first) / Number(step)) + 1;
    return Array.from({ length: count }, (_, index) => first + index * Number(step));
  });
}

function invalid(text: string, problem: string): MigError {
  return new MigError('parameter_invalid', `schedule '${text.slice(0, 100)}': ${problem}`);
}
