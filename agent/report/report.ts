import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import type { Command } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { AppendFile } from '../../platform/files/append-file.ts';
import type { CommandOutcome } from './command-outcome.ts';
import {
  type AcceptedLine,
  answerFacts,
  askedOperation,
  factsOf,
  type RefusedLine,
  type ReportLine,
  refusedLine,
  type Signer,
} from './lines.ts';
import { HOUR_MS, RefusalQuota } from './refusal-quota.ts';
import {
  endOfMonthMs,
  measureLines,
  removeMonthsBefore,
  reportFile,
  reportFiles,
  reportFolder,
} from './report-files.ts';

export interface ReportOptions {
  keepMs: number;
  /** The most bytes of the whole report on disk. */
  maxBytes?: number;
  isForEveryone: boolean;
  now: () => number;
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** Younger months are never removed to make room: otherwise a flood could remove what preceded it. */
const KEEP_AT_LEAST_MS = 30 * 24 * 3_600_000;
/** A line may occupy a quarter of the free room: large lines are refused long before small ones. */
const PART_OF_ROOM = 4;
/** Refusals may occupy a quarter of the report, and those of one hour 1/32 of what is free of it. */
const REFUSALS_PART = 4;
const REFUSALS_PART_PER_HOUR = 32;

/**
 * The report for the owner of the machine: one append-only file a month, of bounded size. A command that does not fit is
 * refused and does not run: neither a command nor a flood of them can remove another from the report.
 */
export class Report {
  readonly #stateDir: string;
  readonly #options: Required<ReportOptions>;
  readonly #quota = new RefusalQuota();
  readonly #bytes = { commands: 0, refusals: 0 };
  #month = '';
  #file: AppendFile | undefined;

  constructor(stateDir: string, options: ReportOptions) {
    this.#stateDir = stateDir;
    this.#options = { maxBytes: DEFAULT_MAX_BYTES, ...options };
    const folder = reportFolder(stateDir);
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, options.isForEveryone ? 0o755 : 0o700);
    chmodSync(stateDir, options.isForEveryone ? 0o711 : 0o700);
    for (const file of reportFiles(stateDir)) chmodSync(file, this.#mode);
    this.#removeOld();
    this.#measure();
    this.#recallRefusals();
  }

  /** Returns the line that records a command; throws `report_full` when there is no room: the command must not run then. */
  lineOf(command: Command, signers: Signer[]): AcceptedLine {
    const line: AcceptedLine = {
      event: 'accepted',
      time: this.#now(),
      command: command.id,
      action: factsOf(command.action),
      signers,
      operations: command.action.operations.map(askedOperation),
    };
    const bytes = Buffer.byteLength(JSON.stringify(line));
    if (!this.#hasRoom(bytes)) this.#makeRoom(bytes);
    if (this.#hasRoom(bytes)) return line;
    throw new MigError('report_full', `the report of this machine has no room for ${bytes} bytes`);
  }

  /** Records a command before it runs; throws when the line cannot be written: the command must not run then. */
  recordAccepted(line: AcceptedLine): void {
    this.#append(line);
  }

  recordAnswered(command: Command, outcome: CommandOutcome): void {
    const answers = answerFacts(command.action, outcome);
    const { status } = outcome;
    this.#tryAppend({ event: 'answered', time: this.#now(), command: command.id, status, answers });
  }

  recordNotice(text: string): void {
    this.#tryAppend({ event: 'notice', time: this.#now(), text });
  }

  /** Whether the next refusal is recorded, not only counted. */
  get hasRoomForRefusal(): boolean {
    const limit = Math.floor(this.#options.maxBytes / REFUSALS_PART);
    const freeBytes = Math.max(0, limit - this.#bytes.refusals);
    return this.#quota.hasRoom(this.#options.now(), freeBytes / REFUSALS_PART_PER_HOUR);
  }

  /** False when there were too many refusals within an hour: this one is then only counted, and must not be logged either. */
  recordRefused(refusal: Omit<Parameters<typeof refusedLine>[0], 'time'>): boolean {
    const { suppressed } = this.#quota;
    if (!this.hasRoomForRefusal) {
      this.#quota.suppressed = suppressed + 1;
      return false;
    }
    if (suppressed > 0) {
      this.#quota.suppressed = 0;
      this.#appendRefusal({ event: 'suppressed', time: this.#now(), count: suppressed });
    }
    this.#appendRefusal(refusedLine({ ...refusal, time: this.#now() }));
    return true;
  }

  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  get #mode(): number {
    return this.#options.isForEveryone ? 0o644 : 0o600;
  }

  #now(): string {
    return new Date(this.#options.now()).toISOString();
  }

  #appendRefusal(line: RefusedLine | (ReportLine & { event: 'suppressed' })): void {
    this.#quota.add(this.#options.now(), this.#tryAppend(line));
  }

  /** Returns the size of the line in bytes. */
  #append(line: ReportLine): number {
    const bytes = this.#fileOf(line.time.slice(0, 7)).append(line, { sync: false });
    const isRefusal = line.event === 'refused' || line.event === 'suppressed';
    this.#bytes[isRefusal ? 'refusals' : 'commands'] += bytes;
    return bytes;
  }

  #fileOf(month: string): AppendFile {
    if (this.#file !== undefined && month === this.#month) return this.#file;
    this.close();
    if (this.#removeOld() > 0) this.#measure();
    this.#file = new AppendFile(reportFile(this.#stateDir, month), this.#mode, { isShared: true });
    this.#month = month;
    return this.#file;
  }

  /** Never throws: a full disk must not stop the answer of a command that has run. */
  #tryAppend(line: ReportLine): number {
    try {
      return this.#append(line);
    } catch {
      return 0; // The next command finds the disk full before it runs, and logs that.
    }
  }

  #hasRoom(bytes: number): boolean {
    const { maxBytes } = this.#options;
    const freeBytes = maxBytes - Math.floor(maxBytes / REFUSALS_PART) - this.#bytes.commands;
    return bytes * PART_OF_ROOM <= freeBytes;
  }

  /** Removes months that ended long ago, the oldest first, until a line of this size fits. */
  #makeRoom(bytes: number): void {
    for (const file of reportFiles(this.#stateDir)) {
      if (this.#options.now() - endOfMonthMs(file) < KEEP_AT_LEAST_MS) return;
      rmSync(file, { force: true });
      this.#measure();
      if (this.#hasRoom(bytes)) return;
    }
  }

  #removeOld(): number {
    return removeMonthsBefore(this.#stateDir, this.#options.now() - this.#options.keepMs);
  }

  #measure(): void {
    this.#bytes.commands = 0;
    this.#bytes.refusals = 0;
    for (const { bytes, refusedMs } of measureLines(reportFiles(this.#stateDir))) {
      this.#bytes[refusedMs === undefined ? 'commands' : 'refusals'] += bytes;
    }
  }

  /** Counts the refusals of the last hour that an earlier process recorded: a crash must not reset the limit. */
  #recallRefusals(): void {
    const latest = reportFiles(this.#stateDir).slice(-2);
    for (const { bytes, refusedMs } of measureLines(latest)) {
      if (refusedMs === undefined) continue;
      if (Math.abs(this.#options.now() - refusedMs) < HOUR_MS) this.#quota.add(refusedMs, bytes);
    }
  }
}
