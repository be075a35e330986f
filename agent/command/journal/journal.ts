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
  /** Empty when the journal does not have it. */
  body: string;
}

/** The limit for all commands in progress together, as the journal stores them. A single command may be larger. */
export const MAX_UNFINISHED_BYTES = 3 * 1024 * 1024;
const BYTES_BETWEEN_COMPACTIONS = 2 * 1024 * 1024;
const LINES_BETWEEN_COMPACTIONS = 20_000;
const ANSWERS_PILED_UP = 'the relay confirms no answers, and there is no room for more unconfirmed ones';
const TOO_LARGE_TOGETHER = 'the commands in progress together have reached their size limit';

/**
 * The write-ahead journal of commands: received (authorized and synced) -> acknowledged -> started -> answered ->
 * confirmed. It guarantees that a command runs at most once, whichever process is killed. For a refused command it stores
 * only id, digest and answer. Started actions are in the set of digests, which also remembers the latest signed time:
 * setting the clock back does not make an action valid again.
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
  /** False while the digests of an older agent are only in the journal, which must then not be rewritten. */
  #areDigestsSafe = true;

  /** A waiting successor has a journal of its own, and shares the endpoint's digests and answers. */
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

  /** Throws while the journal cannot grow: the disk is full or read-only, or too many answers are unconfirmed. */
  check(): void {
    this.requireRoom();
    const file = join(this.#folder, 'journal.check');
    writeFileSync(file, Buffer.alloc(MAX_COMMAND_BYTES), { mode: 0o600, flush: true });
    rmSync(file);
  }

  state(id: number): CommandState | undefined {
    return this.#entries.get(id)?.state ?? (this.#digests.hasCommand(id) ? 'confirmed' : undefined);
  }

  /** Whether the refusal of a message with this digest is remembered. */
  wasRefused(id: number, digest: string): boolean {
    return this.#refusals.get(id)?.digest === digest;
  }

  /** The earlier command that ran this signed text, if any. */
  ranAs(digest: string): number | undefined {
    return this.#digests.find(digest);
  }

  /** False while too many started actions are still valid: no other action may start then. */
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
    return { id, state: entry.state, body: entry.body };
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

  /** Whether a command fits next to those in progress; a single command always fits. */
  hasRoomFor(id: number, body: string): boolean {
    const usedBytes = this.unfinished().reduce((sum, other) => sum + receivedBytes(other.id, other.body), 0);
    return usedBytes === 0 || usedBytes + receivedBytes(id, body) <= MAX_UNFINISHED_BYTES;
  }

  /** Throws when there is no room: the command must stay unacknowledged, so that the relay delivers it again. */
  recordReceived(id: number, body: string): void {
    this.requireRoom();
    if (!this.hasRoomFor(id, body)) throw noSpace(TOO_LARGE_TOGETHER);
    this.#append({ step: 'received', id, body }, { sync: true });
  }

  /** Marks the action as started, permanently; false when another command or process started it first. */
  recordStarted(id: number, action: StartedAction): boolean {
    if (!this.#digests.claim({ id, ...action })) return false;
    // No sync is needed: the set of digests is synced, and it alone decides.
    this.#append({ step: 'started', id }, { sync: false });
    return true;
  }

  /** Never throws: an answer that does not fit on the disk stays in memory. */
  recordAnswered(id: number, answer: string): void {
    const { isOnDisk } = this.#answers.write(id, answer);
    const line = { step: 'answered', id } as const;
    if (isOnDisk) this.#tryAppend(line, { sync: true });
    else this.#apply(line);
  }

  /** Never throws: a command whose refusal is not stored is authorized again. */
  recordRefused(id: number, { digest, answer }: Pick<Refusal, 'digest' | 'answer'>): void {
    this.#tryAppend({ step: 'refused', id, digest, answer }, { sync: false });
  }

  /** Never throws: without this line the answer is sent again, which is harmless. */
  recordConfirmed(id: number): void {
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
        this.#entries.set(id, { state: 'started', body: this.#entries.get(id)?.body ?? '' });
        return;
      case 'answered':
        this.#entries.set(id, { state: 'answered', body: '' });
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
    // A power failure can still lose an answer: the command is then answered as interrupted.
    return this.#answers.has(id) ? 'answered' : 'started';
  }

  /** Rewrites the journal without superseded lines. */
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
      // There is no room for a second file: the present one stays in use.
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
