import { MigError } from '../../contract/errors.ts';
import { parseFilter } from './parse-filter.ts';
import { parseLimit } from './parse-limit.ts';
import type { RecordType } from './search-filters.ts';

/** The parameters of a search, and how many records it may return. */
export interface Where {
  query: Record<string, string>;
  limit: number | undefined;
}

/** Reads MIG's `k=v k=v`, also with `and` between them (spec/clients.md#agent-search). No value has a space. */
export function parseWhere(text: string, { type, nowMs }: { type: RecordType; nowMs: number }): Where {
  const query: Record<string, string> = {};
  let limit: number | undefined;
  for (const word of text.split(/\s+/).filter((one) => one !== '' && one.toLowerCase() !== 'and')) {
    const [, name, value] = /^([A-Za-z]+)=(.*)$/s.exec(word) ?? [];
    if (name === undefined || value === undefined) {
      throw new MigError(
        'usage',
        `${JSON.stringify(word)} is no condition: write name=value, without spaces`,
      );
    }
    if (name === 'limit') {
      limit = parseLimit(value);
      continue;
    }
    const [parameter, parsed] = parseFilter({ type, name, text: value, nowMs });
    setOnce(query, parameter, parsed);
  }
  refuseEmptyPeriod(query);
  return { query, limit };
}

/** A second value would replace the first without a word. */
export function setOnce(query: Record<string, string>, parameter: string, value: string): void {
  if (Object.hasOwn(query, parameter)) throw new MigError('usage', `${parameter} is given twice`);
  query[parameter] = value;
}

/** Refuses a period that ends before it begins: nothing could be found in it. */
export function refuseEmptyPeriod({ after, before }: Record<string, string>): void {
  if (after === undefined || before === undefined || after < before) return;
  throw new MigError('usage', `-after ${after} is later than -before ${before}`);
}
