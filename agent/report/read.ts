import { existsSync } from 'node:fs';
import { MigError } from '../../contract/errors.ts';
import { parseDurationMs } from '../../contract/go/duration.ts';
import { toTimestamp, unixMillis } from '../../contract/go/time.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { readJsonLines } from '../../platform/files/read-lines.ts';
import { unreadable } from '../../platform/files/read-text.ts';
import {
  type AnswerFacts,
  type AskedOperation,
  MAX_LINE_BYTES,
  type ReportLine,
  type Signer,
} from './lines.ts';
import { reportFiles, reportFolder } from './report-files.ts';

/** All that is known about one command, or about one unreadable message. */
export interface ReportEntry {
  time: string;
  verdict: 'answered' | 'refused' | 'not finished' | 'not recorded' | 'notice';
  command?: number | undefined;
  action?: { id: number; name: string } | undefined;
  signers?: Signer[] | undefined;
  operations?: AskedOperation[];
  modules?: string[] | undefined;
  status?: string;
  answers?: AnswerFacts[];
  answeredAt?: string;
  code?: string;
  reason?: string;
}

/** Parses the value of `-since`: a duration, a day (UTC) or a time; throws `usage` for anything else. */
export function parseSince(text: string, nowMs: number): number {
  const agoMs = parseDurationMs(text);
  if (agoMs !== undefined) return nowMs - agoMs;
  const time = toTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (time !== undefined) return unixMillis(time);
  const what = `-since: ${JSON.stringify(text)} is no day and no time, nor how long ago`;
  throw new MigError('usage', `${what}; write it as 24h, 2026-01-31 or 2026-01-31T12:00:00Z`);
}

/** Reads the report, one entry for each command, oldest first. Long parameters stay compressed. */
export function readReport(
  stateDir: string,
  { sinceMs = Number.NEGATIVE_INFINITY }: { sinceMs?: number | undefined } = {},
): ReportEntry[] {
  if (!existsSync(reportFolder(stateDir))) {
    throw new MigError(
      'not_found',
      `there is no report in ${reportFolder(stateDir)}, or it is not yours to read`,
    );
  }
  const entries: ReportEntry[] = [];
  const open = new Map<number, ReportEntry>();
  for (const file of filesOf(stateDir)) {
    for (const { value } of readJsonLines<ReportLine>(file, { maxLineBytes: MAX_LINE_BYTES })) {
      if (Date.parse(value.time) >= sinceMs) apply(value, { entries, open });
    }
  }
  return entries;
}

function filesOf(stateDir: string): string[] {
  try {
    return reportFiles(stateDir);
  } catch (cause) {
    throw unreadable(reportFolder(stateDir), cause, 'not_found');
  }
}

function apply(
  line: ReportLine,
  { entries, open }: { entries: ReportEntry[]; open: Map<number, ReportEntry> },
): void {
  switch (line.event) {
    case 'accepted': {
      const { event: _event, ...facts } = line;
      const entry: ReportEntry = { ...facts, verdict: 'not finished' };
      entries.push(entry);
      open.set(line.command, entry);
      return;
    }
    case 'answered': {
      const entry = open.get(line.command);
      if (!entry) return;
      Object.assign(entry, {
        verdict: 'answered',
        status: line.status,
        answers: line.answers,
        answeredAt: line.time,
      });
      open.delete(line.command);
      return;
    }
    case 'refused': {
      const { event: _event, ...facts } = line;
      entries.push({ ...facts, verdict: 'refused' });
      return;
    }
    case 'notice':
      entries.push({ time: line.time, verdict: 'notice', reason: line.text });
      return;
    case 'suppressed':
      entries.push({
        time: line.time,
        verdict: 'not recorded',
        reason: `refused before this: ${countOf(line.count, 'more message')}`,
      });
  }
}
