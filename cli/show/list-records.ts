import { countOf } from '../../contract/text/count-of.ts';
import { expandTarget } from '../action/target.ts';
import { EXIT } from '../exit-codes.ts';
import { WHO_IS_REACHED } from '../help/target-help.ts';
import { PLURALS, type Plural, TABLES } from '../records/record-kinds.ts';
import type { Where } from '../search/parse-where.ts';
import { readFilters, SEARCH_FILTERS } from '../search/read-filters.ts';
import type { CliSession } from '../session.ts';
import type { OutputFormat } from '../terminal/output-format.ts';
import { createRecordList, type RecordList } from '../terminal/record-list.ts';

interface Listing {
  plural: Plural;
  where: Where;
  format: OutputFormat;
  /** Prints the records in place of the format. */
  list?: RecordList;
  /** What to say when there is none, without a target. */
  nothing?: string;
  /** How to see more than the limit. */
  more?: (limit: number) => string;
}

/** Prints the records of a search, and on stderr whether there are more. Returns the exit code. */
export async function listRecords(
  { api, output, options, config }: CliSession,
  listing: Listing,
): Promise<number> {
  const { plural, where, format } = listing;
  const type = PLURALS[plural];
  const { limit } = where;
  const target = options.target === undefined ? undefined : expandTarget(options.target, config.macros);
  const filters = { ...readFilters(SEARCH_FILTERS, where.query), ...(target !== undefined && { target }) };
  const list = listing.list ?? createRecordList({ output, format, table: TABLES[type] });
  // One more record shows whether the limit cut the list.
  const max = limit === undefined ? undefined : limit + 1;
  let count = 0;
  for await (const record of api.search(type, filters, { max })) {
    count++;
    if (limit === undefined || count <= limit) await list.add(record);
  }
  const odd = list.end();
  if (odd > 0) output.note(`${countOf(odd, type)} of unknown shape left out; --json has them`);
  if (limit !== undefined && count > limit) {
    const more = listing.more?.(limit) ?? `-limit ${limit * 10} shows more, -all every one`;
    output.note(`${limit === 1 ? 'this is the first' : `these are the first ${limit}`}; ${more}`);
  }
  if (odd > 0) return EXIT.error;
  if (count > 0) return EXIT.ok;
  if (target === undefined) {
    output.note(listing.nothing ?? `no ${type} matches`);
    return EXIT.ok;
  }
  // A target that reaches nobody is refused, as a launch refuses it.
  output.note(`the target matches no agent: ${target}`);
  output.note(WHO_IS_REACHED);
  return EXIT.refused;
}
