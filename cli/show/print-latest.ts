import type { SearchFilters, SearchType } from '../../client/client.ts';
import { errorCode, errorMessage } from '../../contract/errors.ts';
import { TABLES } from '../records/record-kinds.ts';
import type { CliSession } from '../session.ts';
import { createRecordList } from '../terminal/record-list.ts';

const LATEST = 10;

interface Latest {
  title: string;
  type: SearchType;
  filters: SearchFilters;
  max?: number | undefined;
}

/** Prints the newest records of a search below a page. Without the permission to search the page ends before them. */
export async function printLatest(
  { api, output }: CliSession,
  { title, type, filters, max = LATEST }: Latest,
): Promise<void> {
  const records: unknown[] = [];
  try {
    for await (const record of api.search(type, filters, { max })) records.push(record);
  } catch (error) {
    if (errorCode(error) !== 'unauthorized') throw error;
    output.note(`${title}: ${errorMessage(error)}`);
    return;
  }
  output.answer(records.length === 0 ? `${title}: none` : title, 'bold');
  const list = createRecordList({ output, format: 'table', table: TABLES[type] });
  for (const record of records) await list.add(record);
  list.end();
}
