import type { RecordedAnswer } from './recording.ts';

// biome-ignore lint/suspicious/noExplicitAny: a record of MIG, as it was recorded
export type RecordedRecord = Record<string, any>;

type RecordType = 'action' | 'agent' | 'command' | 'investigator';
export type RecordedRecords = Record<RecordType, RecordedRecord[]>;

/** Returns the records in an answer, and those inside of them. */
export function recordsOf({ body }: RecordedAnswer): RecordedRecords {
  const records: RecordedRecords = { action: [], agent: [], command: [], investigator: [] };
  // biome-ignore lint/suspicious/noExplicitAny: the body of any answer
  const { collection } = (typeof body === 'object' && body !== null ? body : {}) as any;
  for (const { data } of collection?.items ?? []) {
    for (const { name, value } of data) {
      if (Object.hasOwn(records, name)) records[name as RecordType].push(value);
    }
  }
  for (const action of records.action) records.investigator.push(...(action.investigators ?? []));
  return records;
}
