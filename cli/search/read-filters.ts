import type { z } from 'zod';
import { search } from '../../contract/api/search.ts';
import { MigError } from '../../contract/errors.ts';
import { readAs } from '../../contract/read-as.ts';

/** The filters of every search. */
export const SEARCH_FILTERS = search.parameters.omit({ type: true, limit: true, offset: true }).strict();

/** Reads the filters of a route from the texts of a command line. */
export function readFilters<Filters extends z.ZodObject>(
  filters: Filters,
  texts: Record<string, string>,
): z.output<Filters> {
  const read = readAs(filters, texts);
  if (read.success) return read.data;
  throw new MigError('usage', read.problem);
}
