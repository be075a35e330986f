import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MAX_RESULT_BYTES } from '../../contract/limits.ts';

/** Confirmed answers are kept in this room for platforms that lost theirs, the latest ones. */
export const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Answers that wait for the relay, and the room that those of commands in progress may take. */
export const MAX_UNCONFIRMED_BYTES = 20 * 1024 * 1024;
/** What a small file takes on the disk. */
const BLOCK_BYTES = 4096;

/**
 * The answers on disk, a file each. Confirmed by the relay is not yet stored by the platform: so the latest ones stay
 * for a while, in a bounded room, and are sent again when their command comes again.
 */
export class Answers {
  readonly #folder: string;
  /** Of this process, the oldest first; those in memory count as if they were on the disk. */
  readonly #files = new Map<number, { bytes: number; isConfirmed: boolean }>();
  /** Answers that found no room on the disk; they are gone when the agent ends before the relay has them. */
  readonly #inMemory = new Map<number, string>();
  readonly #bytes = { kept: 0, unconfirmed: 0 };

  /** The owner of the state folder looks after what earlier processes left there. */
  constructor(stateDir: string, { isOwner }: { isOwner: boolean }) {
    this.#folder = join(stateDir, 'answers');
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    if (isOwner) this.#adopt();
  }

  /** Whether the answers of so many commands find room, however large they turn out to be. */
  hasRoomFor(commands: number): boolean {
    return this.#bytes.unconfirmed + commands * MAX_RESULT_BYTES <= MAX_UNCONFIRMED_BYTES;
  }

  /** Never throws: without room the answer is kept in memory, for the work is done and must be reported. */
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
      this.#remove(id); // what lies on the disk of it, if anything, is an older one
      return;
    }
    const file = this.#forget(id);
    if (file === undefined) return;
    this.#remember(id, { ...file, isConfirmed: true });
    this.#makeRoom();
  }

  /** An answer that an earlier process left, and that the relay does not have yet. */
  expect(id: number): void {
    const file = this.#forget(id);
    if (file !== undefined) this.#remember(id, { ...file, isConfirmed: false });
  }

  /** Removes confirmed answers that nobody can ask for any more. */
  removeUnless(isWanted: (id: number) => boolean): void {
    for (const [id, { isConfirmed }] of this.#files) {
      if (isConfirmed && !isWanted(id)) this.#remove(id);
    }
  }

  #adopt(): void {
    const files = [];
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name);
      const id = /^(\d+)\.json$/.exec(name)?.[1];
      if (id === undefined) {
        rmSync(path, { recursive: true, force: true });
        continue;
      }
      const { size, mtimeMs } = statSync(path);
      files.push({ id: Number(id), size, mtimeMs });
    }
    files.sort((a, b) => a.mtimeMs - b.mtimeMs);
    for (const { id, size } of files) this.#remember(id, { bytes: diskBytes(size), isConfirmed: true });
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
