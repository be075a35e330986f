import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_RESULT_BYTES } from '../../../contract/limits.ts';

/** The room for the latest confirmed answers, which are kept for platforms that lost theirs. */
export const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** The room for answers that the relay has not confirmed, including those that commands in progress may still produce. */
export const MAX_UNCONFIRMED_BYTES = 20 * 1024 * 1024;
/** A small file occupies this much of the disk. */
const BLOCK_BYTES = 4096;

/**
 * The answers on disk, one file each. A confirmation by the relay does not mean that the platform has stored the answer:
 * the latest confirmed ones are kept, up to a limit, and sent again when their command arrives again.
 */
export class Answers {
  readonly #folder: string;
  /** Sorted by age, oldest first. Answers in memory count as if they were on disk. */
  readonly #files = new Map<number, { bytes: number; isConfirmed: boolean }>();
  /** Answers that did not fit on the disk. They are lost if the agent ends before the relay confirms them. */
  readonly #inMemory = new Map<number, string>();
  readonly #bytes = { kept: 0, unconfirmed: 0 };

  /** The owner of the state folder adopts the files of earlier processes. */
  constructor(stateDir: string, { isOwner }: { isOwner: boolean }) {
    this.#folder = join(stateDir, 'answers');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    if (isOwner) this.#adopt();
  }

  /** Whether the answers of this many commands fit, each of the largest size. */
  hasRoomFor(commands: number): boolean {
    return this.#bytes.unconfirmed + commands * MAX_RESULT_BYTES <= MAX_UNCONFIRMED_BYTES;
  }

  /** Never throws: an answer that does not fit on disk stays in memory, because the command ran and must be answered. */
  write(id: number, text: string): { isOnDisk: boolean } {
    const file = this.#fileOf(id);
    this.#forget(id);
    this.#remember(id, { bytes: diskBytes(Buffer.byteLength(text)), isConfirmed: false });
    try {
      writeFileSync(`${file}.new`, text, { mode: 0o600, flush: true });
      renameSync(`${file}.new`, file);
    } catch {
      rmSync(`${file}.new`, { force: true });
      this.#inMemory.set(id, text);
      return { isOnDisk: false };
    }
    this.#inMemory.delete(id);
    return { isOnDisk: true };
  }

  has(id: number): boolean {
    return this.#files.has(id);
  }

  read(id: number): string | undefined {
    const inMemory = this.#inMemory.get(id);
    if (inMemory !== undefined) return inMemory;
    try {
      return readFileSync(this.#fileOf(id), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  confirm(id: number): void {
    if (this.#inMemory.delete(id)) {
      this.#remove(id); // A file of the same command is an older answer.
      return;
    }
    const file = this.#forget(id);
    if (file === undefined) return;
    this.#remember(id, { ...file, isConfirmed: true });
    this.#makeRoom();
  }

  /** Marks the answer of an earlier process as not yet confirmed. */
  expect(id: number): void {
    const file = this.#forget(id);
    if (file !== undefined) this.#remember(id, { ...file, isConfirmed: false });
  }

  /** Removes confirmed answers that no command can ask for any more. */
  removeUnless(isWanted: (id: number) => boolean): void {
    for (const [id, { isConfirmed }] of this.#files) {
      if (isConfirmed && !isWanted(id)) this.#remove(id);
    }
  }

  #adopt(): void {
    for (const { id, bytes } of this.#listFiles()) this.#remember(id, { bytes, isConfirmed: true });
  }

  /** Lists the answers, oldest first, and removes all other files. */
  #listFiles(): { id: number; bytes: number }[] {
    const files = [];
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      const id = /^(\d+)\.json$/.exec(name)?.[1];
      if (id === undefined) {
        rmSync(path, { recursive: true, force: true });
        continue;
      }
      const { size, mtimeMs } = statSync(path);
      files.push({ id: Number(id), bytes: diskBytes(size), mtimeMs });
    }
    return files.sort((a, b) => a.mtimeMs - b.mtimeMs);
  }

  #makeRoom(): void {
    for (const [id, { isConfirmed }] of this.#files) {
      if (this.#bytes.kept <= MAX_KEPT_BYTES) return;
      if (isConfirmed) this.#remove(id);
    }
  }

  #remove(id: number): void {
    this.#forget(id);
    rmSync(this.#fileOf(id), { force: true });
  }

  #remember(id: number, file: { bytes: number; isConfirmed: boolean }): void {
    this.#files.set(id, file);
    this.#bytes[file.isConfirmed ? 'kept' : 'unconfirmed'] += file.bytes;
  }

  #forget(id: number): { bytes: number; isConfirmed: boolean } | undefined {
    const file = this.#files.get(id);
    if (file === undefined) return undefined;
    this.#files.delete(id);
    this.#bytes[file.isConfirmed ? 'kept' : 'unconfirmed'] -= file.bytes;
    return file;
  }

  #fileOf(id: number): string {
    return join(this.#folder, `${id}.json`);
  }
}

function diskBytes(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
}
