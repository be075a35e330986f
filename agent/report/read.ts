import { createReadStream, existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { MigError } from '../../contract/errors.ts';
import { type AnswerFacts, type ReportLine, reportFiles, reportFolder, type Signer } from './report.ts';

/** Everything known of one command, or of one message that was none. */
export interface ReportEntry {
  time: string;
  verdict: 'answered' | 'refused' | 'not finished' | 'not recorded';
  command?: number | undefined;
  action?: { id: number; name: string } | undefined;
  signers?: Signer[];
  operations?: { module: string; parameters: unknown }[];
  modules?: string[] | undefined;
  status?: string;
  answers?: AnswerFacts[];
  answeredAt?: string;
  code?: string;
  reason?: string;
}

/** Reads the report, oldest first; an entry is what one command came to. */
export async function readReport(
  stateDir: string,
  { since }: { since?: string | undefined } = {},
): Promise<ReportEntry[]> {
  if (!existsSync(reportFolder(stateDir))) {
    throw new MigError(
      'not_found',
      `there is no report in ${reportFolder(stateDir)}, or it is not yours to read`,
    );
  }
  const entries: ReportEntry[] = [];
  const open = new Map<number, ReportEntry>();
  for (const file of reportFiles(stateDir)) {
    for await (const text of createInterface({ input: createReadStream(file) })) {
      const line = parse(text);
      if (line && (since === undefined || line.time >= since)) apply(line, { entries, open });
    }
  }
  return entries;
}

function parse(text: string): ReportLine | undefined {
  try {
    return JSON.parse(text) as ReportLine;
  } catch {
    return undefined; // half a line: the machine lost power
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
    case 'suppressed':
      entries.push({
        time: line.time,
        verdict: 'not recorded',
        reason: `${line.count} more messages were refused in the hour before`,
      });
  }
}
