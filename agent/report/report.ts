import { chmodSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Command } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { AppendFile } from '../../platform/files/append-file.ts';
import { readLines } from '../../platform/files/read-lines.ts';
import type { Executed } from './executed.ts';
import {
  type AcceptedLine,
  answerFacts,
  askedOperation,
  factsOf,
  MAX_LINE_BYTES,
  type RefusedLine,
  type ReportLine,
  refusedLine,
  type Signer,
} from './lines.ts';
import { HOUR_MS, RefusalWindow } from './refusal-window.ts';

export interface ReportOptions {
  keepMs: number;
  /** What the whole report may take on the disk. */
  maxBytes?: number;
  isForEveryone: boolean;
  now: () => number;
}

const DEFAULT_MAX_BYTES = 16 * 1024 * 1024;
/** Nothing younger makes room for something new, or a flood could wash away what came before it. */
const KEEP_AT_LEAST_MS = 30 * 24 * 3_600_000;
/** A line may take this part of the room that is left: large ones are refused long before small ones. */
const PART_OF_ROOM = 4;
/** Refusals may take this part of the report, and within an hour that part of what is left of it. */
const REFUSALS_PART = 4;
const REFUSALS_PART_PER_HOUR = 32;
const FILE = /^\d{4}-\d{2}\.jsonl$/;
const REFUSAL = /^\{"event":"(?:refused|suppressed)","time":"([^"]*)"/;

export function reportFolder(stateDir: string): string {
  return join(stateDir, 'report');
}

export function reportFiles(stateDir: string): string[] {
  const folder = reportFolder(stateDir);
  return readdirSync(folder)
    .filter((name) => FILE.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Writes the report that the owner of the machine can ask for: a file a month, only ever appended to, in a bounded
 * room. What does not fit is refused, not run: no command, however many come, takes another one out of the report.
 */
export class Report {
  readonly #stateDir: string;
  readonly #options: Required<ReportOptions>;
  readonly #window = new RefusalWindow();
  readonly #bytes = { commands: 0, refusals: 0 };
  #month = '';
  #lines: AppendFile | undefined;

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

  /** What will be recorded of a command; throws `report_full` when there is no room for it, and then it must not run. */
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

  /** Before anything runs; throws when it cannot be written, and then nothing may run. */
  accepted(line: AcceptedLine): void {
    this.#append(line);
  }

  answered(command: Command, outcome: Executed): void {
    const answers = answerFacts(command.action, outcome);
    const { status } = outcome;
    this.#tryAppend({ event: 'answered', time: this.#now(), command: command.id, status, answers });
  }

  noticed(text: string): void {
    this.#tryAppend({ event: 'notice', time: this.#now(), text });
  }

  /** Whether the next refusal would be recorded, not only counted. */
  get takesRefusals(): boolean {
    const part = Math.floor(this.#options.maxBytes / REFUSALS_PART);
    const left = Math.max(0, part - this.#bytes.refusals);
    return this.#window.isOpen(this.#options.now(), left / REFUSALS_PART_PER_HOUR);
  }

  /** False when there were too many within an hour: then it is only counted, and not worth a line in the log either. */
  refused(refusal: Omit<Parameters<typeof refusedLine>[0], 'time'>): boolean {
    const { suppressed } = this.#window;
    if (!this.takesRefusals) {
      this.#window.suppressed = suppressed + 1;
      return false;
    }
    if (suppressed > 0) {
      this.#window.suppressed = 0;
      this.#appendRefusal({ event: 'suppressed', time: this.#now(), count: suppressed });
    }
    this.#appendRefusal(refusedLine({ ...refusal, time: this.#now() }));
    return true;
  }

  close(): void {
    this.#lines?.close();
    this.#lines = undefined;
  }

  get #mode(): number {
    return this.#options.isForEveryone ? 0o644 : 0o600;
  }

  #now(): string {
    return new Date(this.#options.now()).toISOString();
  }

  #appendRefusal(line: RefusedLine | (ReportLine & { event: 'suppressed' })): void {
    this.#window.add(this.#options.now(), this.#tryAppend(line));
  }

  #append(line: ReportLine): number {
    const month = line.time.slice(0, 7);
    if (!this.#lines || month !== this.#month) {
      this.close();
      if (this.#removeOld() > 0) this.#measure();
      const file = join(reportFolder(this.#stateDir), `${month}.jsonl`);
      this.#lines = new AppendFile(file, this.#mode, { isShared: true });
      this.#month = month;
    }
    const bytes = this.#lines.append(line, { sync: false });
    const isRefusal = line.event === 'refused' || line.event === 'suppressed';
    this.#bytes[isRefusal ? 'refusals' : 'commands'] += bytes;
    return bytes;
  }

  /** For what happened anyway: a full disk must not stop the answer. */
  #tryAppend(line: ReportLine): number {
    try {
      return this.#append(line);
    } catch {
      return 0; // the next command finds the disk full before it runs, and says so in the log
    }
  }

  #hasRoom(bytes: number): boolean {
    const { maxBytes } = this.#options;
    const room = maxBytes - Math.floor(maxBytes / REFUSALS_PART) - this.#bytes.commands;
    return bytes * PART_OF_ROOM <= room;
  }

  /** Months that ended long ago go, the oldest first, until a line of that size finds room. */
  #makeRoom(bytes: number): void {
    for (const file of reportFiles(this.#stateDir)) {
      const [year, month] = basename(file).slice(0, 7).split('-').map(Number) as [number, number];
      const endedMs = Date.UTC(year, month, 1);
      if (this.#options.now() - endedMs < KEEP_AT_LEAST_MS) return;
      rmSync(file, { force: true });
      this.#measure();
      if (this.#hasRoom(bytes)) return;
    }
  }

  #removeOld(): number {
    const oldest = new Date(this.#options.now() - this.#options.keepMs).toISOString().slice(0, 7);
    const old = reportFiles(this.#stateDir).filter((file) => basename(file).slice(0, 7) < oldest);
    for (const file of old) rmSync(file, { force: true });
    return old.length;
  }

  /** What lies on the disk already. */
  #measure(): void {
    this.#bytes.commands = 0;
    this.#bytes.refusals = 0;
    for (const file of reportFiles(this.#stateDir)) {
      for (const { text } of readLines(file, { maxLineBytes: MAX_LINE_BYTES })) {
        const bytes = Buffer.byteLength(text) + 1;
        this.#bytes[REFUSAL.test(text) ? 'refusals' : 'commands'] += bytes;
      }
    }
  }

  /** The refusals of the last hour count, although another process recorded them: a crash opens no new hour. */
  #recallRefusals(): void {
    const latest = reportFiles(this.#stateDir).slice(-2);
    for (const file of latest) {
      for (const { text } of readLines(file, { maxLineBytes: MAX_LINE_BYTES })) {
        const ms = Date.parse(REFUSAL.exec(text)?.[1] ?? '');
        if (Math.abs(this.#options.now() - ms) < HOUR_MS) this.#window.add(ms, Buffer.byteLength(text) + 1);
      }
    }
  }
}
