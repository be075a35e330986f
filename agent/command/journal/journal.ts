import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_COMMAND_BYTES } from '../../../contract/limits.ts';
import { AppendFile, noSpace, replaceLines } from '../../../platform/files/append-file.ts';
import { readJsonLines } from '../../../platform/files/read-lines.ts';
import { Answers } from './answers.ts';
import { type Claim, Digests } from './digests.ts';
import {
  type CommandState,
  claimsOf,
  isJournalLine,
  type JournalEntry,
  type JournalLine,
  linesOf,
  MAX_LINE_BYTES,
  receivedBytes,
  type StartedAction,
} from './journal-lines.ts';
import { type Refusal, Refusals } from './refusals.ts';

export interface UnfinishedCommand {
  id: number;
  state: 'received' | 'started';
  /** Empty when the journal lost it. */
  body: string;
}

/** For all commands in progress together, as the journal stores them; a single command may be larger. */
export const MAX_UNFINISHED_BYTES = 3 * 1024 * 1024;
const BYTES_BETWEEN_COMPACTIONS = 2 * 1024 * 1024;
const LINES_BETWEEN_COMPACTIONS = 20_000;
const ANSWERS_PILED_UP = 'the relay takes no answers: as many as may wait for it do';
const TOO_LARGE_TOGETHER = 'the commands in progress are as large as they may be together';

/**
 * The write-ahead journal of commands: received (authorized and synced) -> acknowledged -> started -> answered ->
 * confirmed. Because of it a command runs at most once, whatever is killed. Of a refused command it stores only id, digest
 * and answer. Started actions are in the set of digests, which also remembers the latest signed time, so that setting the
 * clock back makes nothing valid again.
 */
export class Journal {
  readonly #folder: string;
  readonly #entries = new Map<number, JournalEntry>();
  readonly #refusals = new Refusals();
  readonly #answers: Answers;
  readonly #digests: Digests;
  #file: AppendFile;
  #lineCount = 0;
  #compactAtBytes = 0;
  /** False while the journal is the only file with the digests of an older agent. */
  #areDigestsSafe = true;

  /** A successor that waits to take over has a journal of its own, and shares the endpoint's digests and answers. */
  constructor(stateDir: string, { sharedDir = stateDir }: { sharedDir?: string } = {}) {
    this.#folder = stateDir;
    mkdirSync(stateDir, { recursive: true });
    const isOwner = stateDir === sharedDir;
    this.#digests = new Digests(sharedDir, { isOwner });
    this.#answers = new Answers(sharedDir, { isOwner });
    this.#load();
    this.#file = new AppendFile(this.#path, 0o600);
    this.#compact();
  }

  /** Throws while the journal cannot grow: the disk is full or read-only, or too many answers wait. */
  check(): void {
    this.requireRoom();
    const file = join(this.#folder, 'journal.check');
    writeFileSync(file, Buffer.alloc(MAX_COMMAND_BYTES), { mode: 0o600, flush: true });
    rmSync(file);
  }

  state(id: number): CommandState | undefined {
    return this.#entries.get(id)?.state ?? (this.#digests.hasCommand(id) ? 'confirmed' : undefined);
  }

  /** Whether a message with this digest was refused, and is still remembered. */
  wasRefused(id: number, digest: string): boolean {
    return this.#refusals.get(id)?.digest === digest;
  }

  /** The command that ran this signed text before, if any. */
  ranAs(digest: string): number | undefined {
    return this.#digests.find(digest);
  }

  /** False while too many started actions are still valid: then no other may start. */
  hasRoomForDigest(): boolean {
    return this.#digests.hasRoom();
  }

  get signedTimeMs(): number {
    return this.#digests.signedTimeMs;
  }

  /** Commands that were accepted but never answered. */
  unfinished(): UnfinishedCommand[] {
    return [...this.#entries.keys()]
      .map((id) => this.unfinishedCommand(id))
      .filter((command) => command !== undefined);
  }

  /** Undefined when the command was answered, or was never accepted. */
  unfinishedCommand(id: number): UnfinishedCommand | undefined {
    const entry = this.#entries.get(id);
    if (entry?.state !== 'received' && entry?.state !== 'started') return undefined;
    return { id, state: entry.state, body: entry.body ?? '' };
  }

  /** Commands whose answer the relay has not confirmed. */
  unconfirmed(): number[] {
    const answered = [...this.#entries].filter(([, entry]) => entry.state === 'answered').map(([id]) => id);
    return [...this.#refusals.unconfirmed(), ...answered];
  }

  isUnconfirmed(id: number): boolean {
    return this.#entries.get(id)?.state === 'answered' || this.#refusals.get(id)?.isConfirmed === false;
  }

  /** Undefined when the answer was delivered and is no longer kept. */
  answer(id: number): string | undefined {
    return this.#refusals.get(id)?.answer ?? this.#answers.read(id);
  }

  /** Throws unless there is room for one more answer. */
  requireRoom(): void {
    if (!this.#answers.hasRoomFor(this.unfinished().length + 1)) throw noSpace(ANSWERS_PILED_UP);
  }

  /** Whether a command fits beside those in progress; a single command always fits. */
  hasRoomFor(id: number, body: string): boolean {
    const usedBytes = this.unfinished().reduce((sum, other) => sum + receivedBytes(other.id, other.body), 0);
    return usedBytes === 0 || usedBytes + receivedBytes(id, body) <= MAX_UNFINISHED_BYTES;
  }

  /** Throws when there is no room: the command must then stay unacknowledged, so that the relay delivers it again. */
  received(id: number, body: string): void {
    this.requireRoom();
    if (!this.hasRoomFor(id, body)) throw noSpace(TOO_LARGE_TOGETHER);
    this.#append({ step: 'received', id, body }, { sync: true });
  }

  /** Marks the action as started, for ever. False when another command or process started it first. */
  started(id: number, action: StartedAction): boolean {
    if (!this.#digests.claim({ id, ...action })) return false;
    // Not synced: the set of digests is, and it alone decides.
    this.#append({ step: 'started', id }, { sync: false });
    return true;
  }

  /** Never throws: an answer that does not fit on the disk is kept in memory. */
  answered(id: number, answer: string): void {
    const { isOnDisk } = this.#answers.write(id, answer);
    const line = { step: 'answered', id } as const;
    if (isOnDisk) this.#tryAppend(line, { sync: true });
    else this.#apply(line);
  }

  /** Never throws: a refusal that was not stored is decided again. */
  refused(id: number, { digest, answer }: Pick<Refusal, 'digest' | 'answer'>): void {
    this.#tryAppend({ step: 'refused', id, digest, answer }, { sync: false });
  }

  /** Never throws: without this line the answer is sent again, which is harmless. */
  confirmed(id: number): void {
    this.#tryAppend({ step: 'confirmed', id }, { sync: false });
  }

  close(): void {
    this.#file.close();
    this.#digests.close();
  }

  get #path(): string {
    return join(this.#folder, 'journal.jsonl');
  }

  #tryAppend(line: JournalLine, options: { sync: boolean }): void {
    try {
      this.#append(line, options);
    } catch {
      this.#apply(line);
    }
  }

  #append(line: JournalLine, { sync }: { sync: boolean }): void {
    this.#file.append(line, { sync });
    this.#lineCount++;
    this.#apply(line);
    const isLong = this.#lineCount > LINES_BETWEEN_COMPACTIONS || this.#file.bytes > this.#compactAtBytes;
    if (isLong) this.#compact();
  }

  #apply(line: JournalLine): void {
    const { id } = line;
    switch (line.step) {
      case 'received':
        this.#refusals.delete(id);
        this.#entries.set(id, { state: 'received', body: line.body });
        return;
      case 'started':
        this.#entries.set(id, { state: 'started', body: this.#entries.get(id)?.body });
        return;
      case 'answered':
        this.#entries.set(id, { state: 'answered' });
        return;
      case 'confirmed':
        this.#refusals.confirm(id);
        this.#entries.delete(id);
        this.#answers.confirm(id);
        return;
      case 'refused':
        this.#entries.delete(id);
        this.#refusals.add(id, { digest: line.digest, answer: line.answer, isConfirmed: false });
    }
  }

  #load(): void {
    const claims: Claim[] = [];
    for (const { value: line } of readJsonLines<JournalLine>(this.#path, { maxLineBytes: MAX_LINE_BYTES })) {
      if (!isJournalLine(line)) continue;
      if (line.step === 'started') claims.push(...claimsOf(line));
      this.#apply(line);
    }
    this.#areDigestsSafe = this.#digests.adopt(claims);
    for (const [id, entry] of this.#entries) {
      entry.state = this.#actualState(id, entry.state);
      if (entry.state === 'answered') this.#answers.expect(id);
    }
  }

  /** The state after a crash: digests are synced before the line `started` is written, answers before `answered` is. */
  #actualState(id: number, written: CommandState): CommandState {
    const hasStarted = written !== 'received' || this.#digests.hasCommand(id);
    if (!hasStarted) return 'received';
    // An answer may be lost all the same, as when power failed: then its sender learns that the outcome is unknown.
    return this.#answers.has(id) ? 'answered' : 'started';
  }

  /** Rewrites the journal without the lines that no longer matter. */
  #compact(): void {
    this.#answers.removeUnless((id) => this.#digests.hasCommand(id));
    this.#lineCount = 0;
    if (this.#areDigestsSafe) this.#rewrite();
    this.#compactAtBytes = this.#file.bytes + BYTES_BETWEEN_COMPACTIONS;
  }

  #rewrite(): void {
    try {
      replaceLines(this.#path, this.#allLines(), 0o600);
      this.#file.close();
      this.#file = new AppendFile(this.#path, 0o600);
    } catch {
      // No room for a second file: the journal goes on as it is.
    }
  }

  #allLines(): JournalLine[] {
    const refusals = this.#refusals
      .entries()
      .flatMap(([id, { digest, answer, isConfirmed }]): JournalLine[] => {
        const refused: JournalLine = { step: 'refused', id, digest, answer };
        return isConfirmed ? [refused, { step: 'confirmed', id }] : [refused];
      });
    return [...refusals, ...[...this.#entries].flatMap(([id, entry]) => linesOf(id, entry))];
  }
}
