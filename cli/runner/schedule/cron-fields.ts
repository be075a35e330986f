import { MigError } from '../../../contract/errors.ts';

/** One field of a schedule in MIG's syntax, that of the Go library cronexpr. */
interface Field {
  name: string;
  min: number;
  max: number;
  /** The most that a step may be. */
  maxStep: number;
  names?: ReadonlyMap<string, number>;
  /** What only this field has, in the syntax of croner; undefined for any other text. */
  special?: (part: string, read: (text: string) => number | undefined) => string | undefined;
}

const ALIASES = new Map([
  ['@yearly', '0 0 0 1 1 * *'],
  ['@annually', '0 0 0 1 1 * *'],
  ['@monthly', '0 0 0 1 * * *'],
  ['@weekly', '0 0 0 * * 0 *'],
  ['@daily', '0 0 0 * * * *'],
  ['@hourly', '0 0 * * * * *'],
]);

const MONTHS = namesOf(
  'january february march april may june july august september october november december',
  1,
);
const DAYS = namesOf('sunday monday tuesday wednesday thursday friday saturday', 0);

const SECOND: Field = { name: 'second', min: 0, max: 59, maxStep: 59 };
const FIELDS: readonly Field[] = [
  { name: 'minute', min: 0, max: 59, maxStep: 59 },
  { name: 'hour', min: 0, max: 23, maxStep: 23 },
  { name: 'day of month', min: 1, max: 31, maxStep: 31, special: specialDayOfMonth },
  { name: 'month', min: 1, max: 12, maxStep: 12, names: MONTHS },
  // 7 is Sunday, like 0.
  { name: 'day of week', min: 0, max: 7, maxStep: 6, names: DAYS, special: specialDayOfWeek },
];
const YEAR: Field = { name: 'year', min: 1970, max: 2099, maxStep: 2099 };

/**
 * Translates a schedule with 5 fields, 6 (with years) or 7 (with seconds and years), or an alias such as `@daily`, into
 * the seven fields of croner, every value written out. There are two patterns for `LW` in a list, where croner has none.
 * Throws `config_invalid` with the field.
 */
export function toCronPatterns(schedule: string): string[] {
  const words = (ALIASES.get(schedule.trim()) ?? schedule).trim().split(/\s+/);
  if (words.length < 5 || words.length > 7) {
    const count = schedule.trim() === '' ? 0 : words.length;
    throw refusal(`has ${count} of 5 to 7 fields: [second] minute hour day month weekday [year]`);
  }
  const [second = '', ...others] = words.length === 7 ? words : ['0', ...words];
  const fields = [SECOND, ...FIELDS, YEAR];
  const texts = [second, ...others, ...(words.length === 5 ? ['*'] : [])];
  const translated = fields.map((field, index) => translateField(field, texts[index] ?? ''));
  return withoutListedWorkday(translated).map((pattern) => pattern.join(' '));
}

const DAY_OF_MONTH = 3;

function withoutListedWorkday(fields: readonly string[]): (readonly string[])[] {
  const days = (fields[DAY_OF_MONTH] ?? '').split(',');
  if (days.length === 1 || !days.includes('LW')) return [fields];
  const others = days.filter((day) => day !== 'LW').join(',');
  return [fields.with(DAY_OF_MONTH, 'LW'), fields.with(DAY_OF_MONTH, others)];
}

function translateField(field: Field, text: string): string {
  const parts = text.split(',').filter((part) => part !== '');
  if (parts.length === 0) throw refusal(`${field.name}: ${JSON.stringify(text)} is empty`);
  if (parts.some((part) => part === '*' || part === '?')) {
    for (const part of parts) translatePart(field, part);
    return '*';
  }
  return [...new Set(parts.flatMap((part) => translatePart(field, part)))].join(',');
}

function translatePart(field: Field, part: string): string[] {
  const read = (text: string) => parseValue(field, text);
  const special = field.special?.(part.toLowerCase(), read);
  if (special !== undefined) return [special];
  const [, range = '', stepText] = /^([^/]*)(?:\/(\d+))?$/.exec(part) ?? [];
  const step = stepText === undefined ? 1 : Number(stepText);
  const bounds = boundsOf(field, range, stepText !== undefined);
  if (bounds === undefined) throw refusal(`${field.name}: ${JSON.stringify(part)} is not understood`);
  const [first, last] = bounds;
  if (step < 1 || step > field.maxStep)
    throw refusal(`${field.name}: the step of ${JSON.stringify(part)} must be 1 to ${field.maxStep}`);
  if (first > last) throw refusal(`${field.name}: ${JSON.stringify(part)} ends before it starts`);
  const count = Math.floor((last - first) / step) + 1;
  return Array.from({ length: count }, (_, index) => String(first + index * step));
}

/** The first and the last value of `*`, `5`, `5-20` and, before a step, of `5` up to the end. */
function boundsOf(field: Field, range: string, hasStep: boolean): [number, number] | undefined {
  const end = Math.min(field.max, field.name === 'day of week' ? 6 : field.max);
  if (range === '*' || (range === '?' && !hasStep)) return [field.min, end];
  const [first, last, ...others] = range.split('-').map((text) => parseValue(field, text));
  if (first === undefined || others.length > 0) return undefined;
  if (range.includes('-')) {
    if (last === undefined) return undefined;
    // Up to Sunday, which is also the first day.
    return [first, field.name === 'day of week' && last === 0 && first > 0 ? 7 : last];
  }
  return [first, hasStep ? end : first];
}

function parseValue({ min, max, names }: Field, text: string): number | undefined {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : names?.get(text.toLowerCase());
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

/** `L`, `LW`, `15W`. */
function specialDayOfMonth(part: string, read: (text: string) => number | undefined): string | undefined {
  if (part === 'l' || part === 'lw') return part.toUpperCase();
  const day = part.endsWith('w') ? read(part.slice(0, -1)) : undefined;
  return day === undefined ? undefined : `${day}W`;
}

/** `5L`, the last Friday, and `5#2`, the second. */
function specialDayOfWeek(part: string, read: (text: string) => number | undefined): string | undefined {
  const [, nth, week] = /^([^#]+)#([1-5])$/.exec(part) ?? [];
  const day = nth === undefined && part.endsWith('l') ? read(part.slice(0, -1)) : read(nth ?? '');
  return day === undefined ? undefined : `${day % 7}#${week ?? 'L'}`;
}

/** Full names and their first three letters. */
function namesOf(text: string, first: number): ReadonlyMap<string, number> {
  const names = text.split(' ');
  return new Map(
    names.flatMap((name, index): [string, number][] => [
      [name, first + index],
      [name.slice(0, 3), first + index],
    ]),
  );
}

function refusal(problem: string): MigError {
  return new MigError('config_invalid', problem);
}
