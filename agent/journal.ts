import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_COMMAND_BYTES } from '../contract/names.ts';
import { AppendFile } from './append-file.ts';

export type CommandState = 'received' | 'started' | 'answered' | 'confirmed';

/** One line of the journal: a step that a command took, or how far signed time has come. */
type Line =
  | { step: 'received'; id: number; body: string }
  | { step: 'started'; id: number; digest: string; expiresMs: number; validFromMs: number }
  | { step: 'answered'; id: number }
  | { step: 'confirmed'; id: number };

interface Entry {
  state: CommandState;
  body?: string | undefined;
  digest?: string | undefined;
  expiresMs?: number | undefined;
}

const MAX_ENTRIES = 100_000;
const LINES_BETWEEN_COMPACTIONS = 20_000;

/**
 * What became of every command, on disk before anything happens: received (synced) -> acknowledged -> started ->
 * answered -> confirmed. It makes a command run at most once whatever is killed, and remembers what signed time has
 * reached, so that setting the clock back revives nothing.
 */
export class Journal {
  readonly #folder: string;
  readonly #entries = new Map<number, Entry>();
  readonly #digests = new Map<string, number>();
  /** Answers that found no room on the disk; they are gone when the agent ends before the relay has them. */
  readonly #homeless = new Map<number, string>();
  #signedTimeMs = 0;
  #lines: AppendFile;
  #count = 0;

  constructor(stateDir: string) {
    this.#folder = stateDir;
    mkdirSync(this.#answers, { recursive: true, mode: 0o700 });
    this.#load();
    this.#lines = new AppendFile(this.#file, 0o600);
    this.#compact();
  }

  /** Throws while nothing can be written: a full disk, a file system that went read-only. */
  check(): void {
    const file = join(this.#folder, 'journal.check');
    writeFileSync(file, Buffer.alloc(MAX_COMMAND_BYTES), { mode: 0o600, flush: true });
    rmSync(file);
  }

  state(id: number): CommandState | undefined {
    return this.#entries.get(id)?.state;
  }

  /** The command that ran this signed text before, if any. */
  ranAs(digest: string): number | undefined {
    return this.#digests.get(digest);
  }

  /** No action that ended before this can be valid: an action that was signed for later has run already. */
  get signedTimeMs(): number {
    return this.#signedTimeMs;
  }

  /** Commands that were accepted but never answered, with their bodies or, when they had started, without. */
  unfinished(): { id: number; state: CommandState; body: string }[] {
    return [...this.#entries]
      .filter(([, entry]) => entry.state === 'received' || entry.state === 'started')
      .map(([id, entry]) => ({ id, state: entry.state, body: entry.body ?? '' }));
  }

  unconfirmed(): number[] {
    return [...this.#entries].filter(([, entry]) => entry.state === 'answered').map(([id]) => id);
  }

  answer(id: number): string {
    return this.#homeless.get(id) ?? readFileSync(this.#answerFile(id), 'utf8');
  }

  received(id: number, body: string): void {
    this.#append({ step: 'received', id, body }, { sync: true });
  }

  started(
    id: number,
    { digest, expiresMs, validFromMs }: { digest: string; expiresMs: number; validFromMs: number },
  ): void {
    this.#append({ step: 'started', id, digest, expiresMs, validFromMs }, { sync: true });
  }

  /** Never throws: without room the answer is kept in memory, for the work is done and must be told. */
  answered(id: number, answer: string): void {
    const file = this.#answerFile(id);
    try {
      writeFileSync(`${file}.new`, answer, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
      this.#append({ step: 'answered', id }, { sync: true });
    } catch {
      rmSync(`${file}.new`, { force: true });
      this.#homeless.set(id, answer);
      this.#apply({ step: 'answered', id });
    }
  }

  /** Never throws: an answer that is not known to have arrived is sent again, which is harmless. */
  confirmed(id: number): void {
    this.#homeless.delete(id);
    try {
      this.#append({ step: 'confirmed', id }, { sync: false });
    } catch {
      this.#apply({ step: 'confirmed', id });
    }
    if (this.#count > LINES_BETWEEN_COMPACTIONS) this.#compact();
  }

  close(): void {
    this.#lines.close();
  }

  get #answers(): string {
    return join(this.#folder, 'answers');
  }

  #answerFile(id: number): string {
    return join(this.#answers, `${id}.json`);
  }

  get #file(): string {
    return join(this.#folder, 'journal.jsonl');
  }

  #append(line: Line, { sync }: { sync: boolean }): void {
    this.#lines.append(line, { sync });
    this.#count++;
    this.#apply(line);
  }

  #apply(line: Line): void {
    const entry = this.#entries.get(line.id) ?? { state: 'received' };
    this.#entries.set(line.id, entry);
    entry.state = line.step;
    if (line.step === 'received') entry.body = line.body;
    if (line.step === 'answered') entry.body = undefined;
    if (line.step === 'started') {
      entry.digest = line.digest;
      entry.expiresMs = line.expiresMs;
      this.#digests.set(line.digest, line.id);
      this.#signedTimeMs = Math.max(this.#signedTimeMs, line.validFromMs);
    }
  }

  #load(): void {
    if (!existsSync(this.#file)) return;
    for (const text of readFileSync(this.#file, 'utf8').split('\n')) {
      if (text === '') continue;
      try {
        this.#apply(JSON.parse(text) as Line);
      } catch {
        // the last line of a crash: half written, so what it says did not happen
      }
    }
  }

  /** Rewrites the journal with what still matters; what signed time has passed can never be valid again. */
  #compact(): void {
    const done = [...this.#entries].filter(([, entry]) => entry.state === 'confirmed');
    const surplus = Math.max(0, this.#entries.size - MAX_ENTRIES);
    for (const [index, [id, entry]] of done.entries()) {
      if ((entry.expiresMs ?? Number.POSITIVE_INFINITY) >= this.#signedTimeMs && index >= surplus) continue;
      this.#entries.delete(id);
      if (entry.digest !== undefined) this.#digests.delete(entry.digest);
      rmSync(this.#answerFile(id), { force: true });
    }
    const lines = [...this.#entries].flatMap(([id, entry]) => this.#linesOf(id, entry));
    this.#count = 0;
    try {
      const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
      writeFileSync(`${this.#file}.new`, text, { mode: 0o600, flush: true });
      renameSync(`${this.#file}.new`, this.#file);
    } catch {
      // No room for a second journal: the present one goes on.
      rmSync(`${this.#file}.new`, { force: true });
      return;
    }
    this.#lines.close();
    this.#lines = new AppendFile(this.#file, 0o600);
  }

  #linesOf(id: number, entry: Entry): Line[] {
    const lines: Line[] = [{ step: 'received', id, body: entry.body ?? '' }];
    if (entry.digest !== undefined) {
      const { digest, expiresMs = 0 } = entry;
      lines.push({ step: 'started', id, digest, expiresMs, validFromMs: this.#signedTimeMs });
    }
    if (entry.state === 'answered' || entry.state === 'confirmed') lines.push({ step: 'answered', id });
    if (entry.state === 'confirmed') lines.push({ step: 'confirmed', id });
    return lines;
  }
}
