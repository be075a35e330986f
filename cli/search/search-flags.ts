import { MigError } from '../../contract/errors.ts';
import type { FlagKind } from '../../contract/go/flags.ts';
import type { CommandLine } from '../command-line.ts';
import { parseFilter } from './parse-filter.ts';
import { parseLimit } from './parse-limit.ts';
import { refuseEmptyPeriod, setOnce, type Where } from './parse-where.ts';
import { allFilterNames, filtersOf, type NamedFilter, type RecordType, STATUSES } from './search-filters.ts';

/** The flags of a search for any type: one that another type has is refused with those that this type has. */
export const SEARCH_FLAGS: Readonly<Record<string, FlagKind>> = {
  ...Object.fromEntries(allFilterNames().map((name) => [name, 'string'] as const)),
  limit: 'string',
  all: 'boolean',
};

/** Reads the filters and the limit of a search from its flags. */
export function readSearchFlags(
  { value, isOn }: Pick<CommandLine, 'value' | 'isOn'>,
  { type, defaultLimit, nowMs }: { type: RecordType; defaultLimit: number | undefined; nowMs: number },
): Where {
  const query: Record<string, string> = {};
  for (const name of allFilterNames()) {
    const text = value(name);
    if (text === undefined) continue;
    const [parameter, parsed] = parseFilter({ type, name, text, nowMs });
    setOnce(query, parameter, parsed);
  }
  refuseEmptyPeriod(query);
  const limit = value('limit');
  if (limit !== undefined && isOn('all')) {
    throw new MigError('usage', '-limit and -all cannot be used together');
  }
  if (isOn('all')) return { query, limit: undefined };
  return { query, limit: limit === undefined ? defaultLimit : parseLimit(limit) };
}

/** The filters of a type for its usage line. */
export function filterUsage(type: RecordType): string {
  return filtersOf(type)
    .map((filter) => `[-${filter.name} ${valueUsage(filter, type)}]`)
    .join(' ');
}

function valueUsage({ kind }: NamedFilter, type: RecordType): string {
  switch (kind) {
    case 'id':
      return '<id>';
    case 'pattern':
      return '<pattern>';
    case 'status':
      return STATUSES[type].join('|');
    case 'time':
      return '24h|<time>';
    case 'switch':
      return 'true|false';
  }
}
