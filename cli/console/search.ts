import { SEARCH_TYPES } from '../../contract/api/search.ts';
import { MigError } from '../../contract/errors.ts';
import { requireOneOf } from '../command-line.ts';
import { PLURALS, type Plural } from '../records/record-kinds.ts';
import { parseWhere } from '../search/parse-where.ts';
import { filtersOf, type NamedFilter, type RecordType, STATUSES } from '../search/search-filters.ts';
import { listRecords } from '../show/list-records.ts';
import type { Call, Known } from './order.ts';

const DEFAULT_LIMIT = 100;
const EXAMPLE = 'search command where agentname=*web* and investigatorname=*kelso* and after=24h';

/** `search <type> where k=v [and k=v ...]` */
export async function runSearch({ words, session, isFiltered }: Call): Promise<undefined> {
  const [word = 'help', where, ...conditions] = words;
  if (word === 'help') {
    for (const line of helpLines()) session.output.answer(line);
    return;
  }
  const type = requireOneOf('search: the word after it', word, SEARCH_TYPES);
  if (where !== undefined && (where !== 'where' || conditions.length === 0))
    throw new MigError('usage', `after the type comes where <key>=<value>, as in: ${EXAMPLE}`);
  const { query, limit = DEFAULT_LIMIT } = parseWhere(conditions.join(' '), { type, nowMs: Date.now() });
  await listRecords(session, {
    plural: pluralOf(type),
    where: { query, limit },
    format: isFiltered ? 'wide' : 'table',
    more: (shown) => `limit=${shown * 10} shows more`,
  });
}

function pluralOf(type: RecordType): Plural {
  const found = (Object.keys(PLURALS) as Plural[]).find((plural) => PLURALS[plural] === type);
  if (found === undefined) throw new RangeError(`no plural of ${type}`);
  return found;
}

function helpLines(): string[] {
  return [
    'search <type> [where <key>=<value> [and <key>=<value> …]]',
    '',
    ...SEARCH_TYPES.flatMap((type) => [
      `${type}:`,
      ...filtersOf(type).map((filter) => keyLine(filter, type)),
    ]),
    '',
    `limit=<n> finds more or less than ${DEFAULT_LIMIT} of any type. A value has no spaces; * and % stand for any characters.`,
    `  ${EXAMPLE}`,
  ];
}

function keyLine({ name, parameter, kind }: NamedFilter, type: RecordType): string {
  const alias = name === parameter ? '' : `, short for ${parameter}`;
  return `  ${`${name}=${valueText(kind, type)}`.padEnd(34)}  ${TEXTS[kind]}${alias}`;
}

const TEXTS: Record<NamedFilter['kind'], string> = {
  id: 'an id',
  pattern: 'a name, with * and %',
  status: 'the status',
  time: 'a time, a date, or how long ago',
  switch: 'yes or no',
};

function valueText(kind: NamedFilter['kind'], type: RecordType): string {
  switch (kind) {
    case 'id':
      return '<id>';
    case 'pattern':
      return '<text>';
    case 'status':
      return STATUSES[type].join('|');
    case 'time':
      return '24h|2027-01-31|<RFC 3339>';
    case 'switch':
      return 'true|false';
  }
}

/** The type, `where`, `and`, the keys with their values where these can be listed. */
export function completeSearch(words: readonly string[], known: Known): readonly string[] {
  const [type = '', where] = words;
  if (words.length === 1) return [...SEARCH_TYPES, 'help'];
  const found = SEARCH_TYPES.find((one) => one === type);
  if (found === undefined) return [];
  if (words.length === 2 || where !== 'where') return words.length === 2 ? ['where'] : [];
  const last = words.at(-1) ?? '';
  if (words.length % 2 === 0) return ['and'];
  const [, key] = /^([a-z]+)=/.exec(last) ?? [];
  const filters = filtersOf(found);
  if (key === undefined) return [...filters.map(({ name }) => `${name}=`), 'limit='];
  const filter = filters.find(({ name }) => name === key);
  return filter === undefined ? [] : valuesOf(filter, found, known).map((value) => `${key}=${value}`);
}

function valuesOf({ parameter, kind }: NamedFilter, type: RecordType, known: Known): readonly string[] {
  if (kind === 'status') return STATUSES[type];
  if (kind === 'switch') return ['true', 'false'];
  const of = SEARCH_TYPES.find((one) => parameter === `${one}id`);
  return of === undefined ? [] : known.ids(of);
}
