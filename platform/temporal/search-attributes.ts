import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../contract/names.ts';
import { connectionOptions, type TemporalOptions } from './client.ts';

/** Temporal's numbers for the types that we use (IndexedValueType). */
const TYPES = { Keyword: 2, KeywordList: 7 } as const;

/** Registers our search attributes in a namespace; returns those that were missing. */
export async function registerSearchAttributes(options: TemporalOptions): Promise<string[]> {
  const { namespace } = options;
  const connection = await Connection.connect({ ...connectionOptions(options), connectTimeout: 10_000 });
  try {
    const known = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(SEARCH_ATTRIBUTES).filter(([name]) => !known.customAttributes?.[name]);
    if (missing.length > 0) {
      const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPES[type]]));
      await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    }
    return missing.map(([name]) => name);
  } finally {
    await connection.close();
  }
}
