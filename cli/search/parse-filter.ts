import { MigError } from '../../contract/errors.ts';
import { closestName } from '../../contract/text/closest.ts';
import { wrongWord } from '../command-line.ts';
import { parseTimeFlag } from '../time-flag.ts';
import { filtersOf, type NamedFilter, type RecordType, STATUSES } from './search-filters.ts';

interface TypedFilter {
  type: RecordType;
  /** As it was typed: `name`, `actionname`, `status`. */
  name: string;
  text: string;
  nowMs: number;
}

const MAX_PATTERN = 1024;

/**
 * Turns a filter that somebody typed, as a flag or as `name=text`, into a parameter of the API. Refuses an unknown name
 * with the most likely one.
 */
export function parseFilter({ type, name, text, nowMs }: TypedFilter): [parameter: string, value: string] {
  const filters = filtersOf(type);
  const filter = filters.find((one) => one.name === name);
  if (filter === undefined) throw unknownFilter(name, type);
  return [filter.parameter, parseValue(filter, { type, text, nowMs })];
}

function parseValue(
  { name, kind }: NamedFilter,
  { type, text, nowMs }: Pick<TypedFilter, 'type' | 'text' | 'nowMs'>,
): string {
  switch (kind) {
    case 'id':
      if (/^\d{1,16}$/.test(text)) return text;
      throw new MigError('usage', `${name} must be an id, a number, not ${JSON.stringify(text)}`);
    case 'time':
      return parseTimeFlag(name, text, { nowMs, isAhead: false });
    case 'switch':
      if (text === 'true' || text === 'false') return text;
      throw wrongWord(name, text, ['true', 'false']);
    case 'status':
      return parseStatus(name, pattern(name, text), STATUSES[type]);
    case 'pattern':
      return pattern(name, text);
  }
}

/** `*` stands for any characters, as `%` does in the API. */
function pattern(name: string, text: string): string {
  if (text !== '' && text.length <= MAX_PATTERN) return text.replaceAll('*', '%');
  throw new MigError('usage', `${name} must have 1 to ${MAX_PATTERN} characters`);
}

function parseStatus(name: string, text: string, statuses: readonly string[]): string {
  if (/[%_]/.test(text) || statuses.includes(text.toLowerCase())) return text;
  throw wrongWord(name, text, statuses);
}

function unknownFilter(name: string, type: RecordType): MigError {
  const names = filtersOf(type).map((filter) => filter.name);
  const meant = closestName(name, names);
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  return new MigError(
    'usage',
    `${JSON.stringify(name)} is no filter of ${type}s${hint}; these are: ${names.join(', ')}`,
  );
}
