import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_COMMAND_BYTES } from '../../contract/limits.ts';
import { AppendFile, noSpace, replaceLines } from '../../platform/files/append-file.ts';
import { readJsonLines } from '../../platform/files/read-lines.ts';
import { Answers } from './answers.ts';
import { type Claim, Digests } from './digests.ts';
import { type Refusal, Refusals } from './refusals.ts';

export type CommandState = 'received' | 'started' | 'answered' | 'confirmed';

/** Of an action that is about to start. */
export type Started = Omit<Claim, 'id'>;

/** One line of the journal: a step that a command took. */
type Line =
  | { step: 'received'; id: number; body: string }
  | ({ step: 'started'; id: number } & Partial<Started>)
  | { step: 'answered'; id: number }
  | { step: 'confirmed'; id: number }
  | { step: 'refused'; id: number; digest: string; answer: string };

const STEPS: ReadonlySet<unknown> = new Set(['received', 'started', 'answered', 'confirmed', 'refused']);

export interface Unfinished {
  id: number;
  state: 'received' | 'started';
  body: string;
}

interface Entry {
  state: CommandState;
  body?: string | undefined;
}

/** As JSON, the body of a command may take more than itself: quotes are escaped. */
const MAX_LINE_BYTES = 3 * MAX_COMMAND_BYTES;
/** Commands in progress, as they are in the journal; a single one may be larger. */
export const MAX_UNFINISHED_BYTES = 3 * 1024 * 1024;
const BYTES_BETWEEN_COMPACTIONS = 2 * 1024 * 1024;
const LINES_BETWEEN_COMPACTIONS = 20_000;

/**
 * What became of every command, on disk before anything happens: received (authorized and synced) -> acknowledged ->
 * started -> answered -> confirmed. It makes a command run at most once whatever is killed. Of a command that is not
 * authorized it keeps nothing but id, digest and the answer. What started is in the set of digests, which also
 * remembers what signed time has reached, so that setting the clock back revives nothing.
 */
export class Journal {
  readonly #folder: string;
  readonly #entries = new Map<number, Entry>();
  readonly #refusals = new Refusals();
  readonly #answers: Answers;
  readonly #digests: Digests;
  #lines: AppendFile;
  #count = 0;
  #compactAtBytes = 0;
  #areDigestsElsewhere = true;

  /** An agent that waits for its turn has a journal of its own, and shares digests and answers with the endpoint's. */
  constructor(stateDir: string, { sharedDir = stateDir }: { sharedDir?: string } = {}) {
    this.#folder = stateDir;
    mkdirSync(stateDir, { recursive: true });
    const isOwner = stateDir === sharedDir;
    this.#digests = new Digests(sharedDir, { isOwner });
    this.#answers = new Answers(sharedDir, { isOwner });
    this.#load();
    this.#lines = new AppendFile(this.#file, 0o600);
    this.#compact();
  }

  /** Throws while nothing can be written: a full disk, a file system that went read-only, answers that pile up. */
  check(): void {
    this.requireRoom();
    const file = join(this.#folder, 'journal.check');
    writeFileSync(file, Buffer.alloc(MAX_COMMAND_BYTES), { mode: 0o600, flush: true });
    rmSync(file);
  }

  state(id: number): CommandState | undefined {
    return this.#entries.get(id)?.state ?? (this.#digests.hasCommand(id) ? 'confirmed' : undefined);
  }

  /** Whether this very message was refused before, and is still remembered. */
  wasRefused(id: number, digest: string): boolean {
    return this.#refusals.get(id)?.digest === digest;
  }

  /** The command that ran this signed text before, if any. */
  ranAs(digest: string): number | undefined {
    return this.#digests.find(digest);
  }

  /** False while as many actions as can be remembered are still valid: then no other one may start. */
  hasRoomForDigest(): boolean {
    return this.#digests.hasRoom();
  }

  get signedTimeMs(): number {
    return this.#digests.signedTimeMs;
  }

  /** Commands that were accepted but never answered. */
  unfinished(): Unfinished[] {
    return [...this.#entries.keys()]
      .map((id) => this.unfinishedCommand(id))
      .filter((one) => one !== undefined);
  }

  /** The same of one command; undefined when it was answered, or was never accepted. */
  unfinishedCommand(id: number): Unfinished | undefined {
    const entry = this.#entries.get(id);
    if (entry?.state !== 'received' && entry?.state !== 'started') return undefined;
    return { id, state: entry.state, body: entry.body ?? '' };
  }

  unconfirmed(): number[] {
    const answered = [...this.#entries].filter(([, entry]) => entry.state === 'answered').map(([id]) => id);
    return [...this.#refusals.unconfirmed(), ...answered];
  }

  isUnconfirmed(id: number): boolean {
    return this.#entries.get(id)?.state === 'answered' || this.#refusals.get(id)?.isConfirmed === false;
  }

  /** Undefined when it was delivered and is no longer kept. */
  answer(id: number): string | undefined {
    return this.#refusals.get(id)?.answer ?? this.#answers.read(id);
  }

  /** Throws while there is no room for one more answer. */
  requireRoom(): void {
    if (!this.#answers.hasRoomFor(this.unfinished().length + 1)) throw noSpace(PILED_UP);
  }

  /** Whether a command fits beside those in progress; a single one always does. */
  hasRoomFor(id: number, body: string): boolean {
    const held = this.unfinished().reduce((sum, one) => sum + receivedBytes(one.id, one.body), 0);
    return held === 0 || held + receivedBytes(id, body) <= MAX_UNFINISHED_BYTES;
  }

  /** Throws while there is no room: the command is not acknowledged then, and comes again. */
  received(id: number, body: string): void {
    this.requireRoom();
    if (!this.hasRoomFor(id, body)) throw noSpace(TOO_LARGE_TOGETHER);
    this.#append({ step: 'received', id, body }, { sync: true });
  }

  /** From here on the action has started, for ever. False when another command or process was first. */
  started(id: number, started: Started): boolean {
    if (!this.#digests.claim({ id, ...started })) return false;
    // The set of digests is synced, and counts: this line is for whoever reads the journal.
    this.#append({ step: 'started', id }, { sync: false });
    return true;
  }

  /** Never throws: an answer without room is kept in memory. */
  answered(id: number, answer: string): void {
    const { isOnDisk } = this.#answers.write(id, answer);
    const line = { step: 'answered', id } as const;
    if (isOnDisk) this.#tryAppend(line, { sync: true });
    else this.#apply(line);
  }

  /** Never throws: a refusal that is not remembered is decided again. */
  refused(id: number, { digest, answer }: Pick<Refusal, 'digest' | 'answer'>): void {
    this.#tryAppend({ step: 'refused', id, digest, answer }, { sync: false });
  }

  /** Never throws: an answer that is not known to have arrived is sent again, which is harmless. */
  confirmed(id: number): void {
    this.#tryAppend({ step: 'confirmed', id }, { sync: false });
  }

  close(): void {
    this.#lines.close();
    this.#digests.close();
  }

  get #file(): string {
    return join(this.#folder, 'journal.jsonl');
  }

  #tryAppend(line: Line, options: { sync: boolean }): void {
    try {
      this.#append(line, options);
    } catch {
      this.#apply(line);
    }
  }

  #append(line: Line, { sync }: { sync: boolean }): void {
    this.#lines.append(line, { sync });
    this.#count++;
    this.#apply(line);
    if (this.#count > LINES_BETWEEN_COMPACTIONS || this.#lines.bytes > this.#compactAtBytes) this.#compact();
  }

  #apply(line: Line): void {
    const { step, id } = line;
    if (step === 'refused') {
      this.#entries.delete(id);
      this.#refusals.add(id, { digest: line.digest, answer: line.answer, isConfirmed: false });
      return;
    }
    if (step === 'confirmed') this.#refusals.confirm(id);
    const entry = this.#entries.get(id);
    if (step === 'received') {
      this.#refusals.delete(id);
      this.#entries.set(id, { state: 'received', body: line.body });
      return;
    }
    if (step === 'confirmed') {
      this.#entries.delete(id);
      this.#answers.confirm(id);
      return;
    }
    const body = step === 'started' ? entry?.body : undefined;
    this.#entries.set(id, { state: step, body });
  }

  #load(): void {
    const digests: Claim[] = [];
    for (const { value } of readJsonLines<Line>(this.#file, { maxLineBytes: MAX_LINE_BYTES })) {
      if (!STEPS.has(value.step)) continue;
      if (value.step === 'started') digests.push(...claimsOf(value));
      this.#apply(value);
    }
    this.#areDigestsElsewhere = this.#digests.adopt(digests);
    for (const [id, entry] of this.#entries) {
      // Digests are synced before the journal's line says that the command has started, answers before it is answered.
      if (entry.state === 'received' && this.#digests.hasCommand(id)) entry.state = 'started';
      if (entry.state === 'started' && this.#answers.has(id)) entry.state = 'answered';
      // Gone all the same, as when power failed: its sender is told that nobody knows what came of it.
      if (entry.state === 'answered' && !this.#answers.has(id)) entry.state = 'started';
      if (entry.state === 'answered') this.#answers.expect(id);
    }
  }

  /** Rewrites the journal with what still matters. */
  #compact(): void {
    this.#answers.removeUnless((id) => this.#digests.hasCommand(id));
    this.#count = 0;
    try {
      if (!this.#areDigestsElsewhere) throw noSpace();
      replaceLines(this.#file, this.#allLines(), 0o600);
      this.#lines.close();
      this.#lines = new AppendFile(this.#file, 0o600);
    } catch {
      // No room for a second journal: the present one goes on.
    }
    this.#compactAtBytes = this.#lines.bytes + BYTES_BETWEEN_COMPACTIONS;
  }

  #allLines(): Line[] {
    const refusals = this.#refusals.entries().flatMap(([id, { digest, answer, isConfirmed }]): Line[] => {
      const refused: Line = { step: 'refused', id, digest, answer };
      return isConfirmed ? [refused, { step: 'confirmed', id }] : [refused];
    });
    return [...refusals, ...[...this.#entries].flatMap(([id, entry]) => linesOf(id, entry))];
  }
}

const PILED_UP = 'the relay takes no answers: as many as may wait for it do';
const TOO_LARGE_TOGETHER = 'the commands in progress are as large as they may be together';

/** What a command in progress takes in the journal. */
function receivedBytes(id: number, body: string): number {
  const line: Line = { step: 'received', id, body };
  return Buffer.byteLength(JSON.stringify(line));
}

function linesOf(id: number, { state, body }: Entry): Line[] {
  if (state === 'answered') return [{ step: 'answered', id }];
  const received: Line = { step: 'received', id, body: body ?? '' };
  return state === 'started' ? [received, { step: 'started', id }] : [received];
}

/** Journals of agents without a set of digests hold them themselves. */
function claimsOf({ id, digest, expiresMs, validFromMs }: { id: number } & Partial<Started>): Claim[] {
  if (digest === undefined || expiresMs === undefined || validFromMs === undefined) return [];
  return [{ id, digest, expiresMs, validFromMs }];
}
