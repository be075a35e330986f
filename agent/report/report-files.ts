import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readLines } from '../../platform/files/read-lines.ts';
import { MAX_LINE_BYTES } from './lines.ts';

const FILE = /^\d{4}-\d{2}\.jsonl$/;
const REFUSAL = /^\{"event":"(?:refused|suppressed)","time":"([^"]*)"/;

export function reportFolder(stateDir: string): string {
  return join(stateDir, 'report');
}

export function reportFile(stateDir: string, month: string): string {
  return join(reportFolder(stateDir), `${month}.jsonl`);
}

/** Returns the files, one for each month, oldest first. */
export function reportFiles(stateDir: string): string[] {
  const folder = reportFolder(stateDir);
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** `YYYY-MM`. */
function monthOf(file: string): string {
  return basename(file, '.jsonl');
}

/** The end of a file's month, in Unix milliseconds. */
export function endOfMonthMs(file: string): number {
  const [year, month] = monthOf(file).split('-').map(Number);
  if (year === undefined || month === undefined) throw new Error(`${file} is not named after a month`);
  return Date.UTC(year, month, 1);
}

/** Removes the files of earlier months; returns their number. */
export function removeMonthsBefore(stateDir: string, ms: number): number {
  const oldest = new Date(ms).toISOString().slice(0, 7);
  const old = reportFiles(stateDir).filter((file) => monthOf(file) < oldest);
  for (const file of old) rmSync(file, { force: true });
  return old.length;
}

interface MeasuredLine {
  bytes: number;
  /** The time of a refusal, NaN if that is malformed; undefined for other lines. */
  refusedMs: number | undefined;
}

/** Measures the lines of the report without parsing them. */
export function* measureLines(files: readonly string[]): Generator<MeasuredLine> {
  for (const file of files) {
    for (const { text } of readLines(file, { maxLineBytes: MAX_LINE_BYTES })) {
      const time = REFUSAL.exec(text)?.[1];
      yield {
        bytes: Buffer.byteLength(text) + 1,
        refusedMs: time === undefined ? undefined : Date.parse(time),
      };
    }
  }
}
