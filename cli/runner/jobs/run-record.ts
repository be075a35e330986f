import { join } from 'node:path';
import { z } from 'zod';
import { errorMessage, MigError } from '../../../contract/errors.ts';
import { isMissing, readBoundedText } from '../../../platform/files/read-text.ts';
import { writeDurably } from '../../../platform/files/write-durably.ts';

const MAX_BYTES = 16 * 1024;

/** Up to when the scheduled times of a job are dealt with. It outlives the runner, so that no time is launched twice. */
const RunRecord = z.object({
  schedule: z.string(),
  /** The latest scheduled time that was launched or given up, or the time when the runner first saw the schedule. */
  until: z.iso.datetime(),
});

/** The time up to which nothing is due; undefined for a job that is new, or has a new schedule. */
export function readHandledMs(folder: string, schedule: string): number | undefined {
  let text: string;
  try {
    text = readBoundedText(recordFile(folder), MAX_BYTES);
  } catch (error) {
    if (error instanceof Error && isMissing(error.cause)) return undefined;
    throw error;
  }
  try {
    const record = RunRecord.parse(JSON.parse(text));
    return record.schedule === schedule ? Date.parse(record.until) : undefined;
  } catch (cause) {
    throw new MigError(
      'config_invalid',
      `${recordFile(folder)}: cannot be read: ${errorMessage(cause)}; without it the job starts anew`,
      { cause },
    );
  }
}

export function writeHandledMs(folder: string, { schedule, ms }: { schedule: string; ms: number }): void {
  const record = { schedule, until: new Date(ms).toISOString() };
  writeDurably(recordFile(folder), `${JSON.stringify(record)}\n`);
}

function recordFile(folder: string): string {
  return join(folder, 'last-run.json');
}
