import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../contract/errors.ts';
import { AppendFile, replaceLines } from '../../platform/files/append-file.ts';
import { readJsonLines } from '../../platform/files/read-lines.ts';

/** An action that started here, by the digest of its signed text, and as which command. */
export interface Claim {
  id: number;
  digest: string;
  expiresMs: number;
  validFromMs: number;
}

type Line = (Claim & { by: string }) | { signedTimeMs: number };

/** Some 4 MB on disk, and as much again while they are rewritten. */
export const MAX_DIGESTS = 25_000;
const MAX_LINE_BYTES = 1024;
const MAX_ATTEMPTS = 10;
const LINES_BETWEEN_COMPACTIONS = 2_500;
const WAITING = /^waiting-\d+$/;

/**
 * The actions that started on this endpoint, until their window is over in signed time: none of them starts again. An
 * agent and the one that waits to take over from it append to the same file, and who comes first in it may run the
 * action. The set never forgets what could still be valid: a full one takes nothing more.
 */
export class Digests {
  readonly #folder: string;
  readonly #isOwner: boolean;
  readonly #by = randomBytes(6).toString('base64url');
  readonly #claims = new Map<string, { id: number; expiresMs: number; by: string }>();
  readonly #digestOf = new Map<number, string>();
  /** Digests that this process appended and did not win, perhaps for a full disk: its command has not started. */
  readonly #unsynced = new Set<string>();
  #signedTimeMs = 0;
  #file: AppendFile;
  #readUntil = 0;
  #lines = 0;

  /** The owner holds the state folder: it alone rewrites the file. */
  constructor(folder: string, { isOwner }: { isOwner: boolean }) {
    this.#folder = folder;
    this.#isOwner = isOwner;
    this.#file = this.#open();
    this.#catchUp();
    this.#compact();
  }

  /** No action that ended before this can be valid: an action that was signed for later has started already. */
  get signedTimeMs(): number {
    return this.#signedTimeMs;
  }

  /** Whether one more action finds room, now that what is over is forgotten. */
  hasRoom(): boolean {
    this.#catchUp();
    if (this.#claims.size >= MAX_DIGESTS) this.#compact();
    return this.#claims.size < MAX_DIGESTS;
  }

  /** The command that an action started as, if it did. */
  find(digest: string): number | undefined {
    this.#catchUp();
    const claim = this.#claims.get(digest);
    if (claim?.by === this.#by && this.#unsynced.has(digest)) return undefined;
    return claim?.id;
  }

  hasCommand(id: number): boolean {
    return this.#digestOf.has(id);
  }

  /**
   * Puts an action into the set, synced; false when another command or process had put it there before. Throws when
   * the disk is full.
   */
  claim(claim: Claim): boolean {
    if (this.find(claim.digest) !== undefined) return false;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      this.#unsynced.add(claim.digest);
      this.#file.append({ ...claim, by: this.#by }, { sync: true });
      this.#catchUp();
      const winner = this.#claims.get(claim.digest);
      // It is missing when the file was replaced, or spoilt by half a line, while this one was written.
      if (winner === undefined) continue;
      if (this.#lines > this.#claims.size + LINES_BETWEEN_COMPACTIONS) this.#compact();
      const isOurs = winner.by === this.#by && winner.id === claim.id;
      if (isOurs) this.#unsynced.delete(claim.digest);
      return isOurs;
    }
    throw new MigError('internal', `${this.#path} does not hold what is written to it`);
  }

  /** Takes over what was recorded elsewhere; false when that could not be written. */
  adopt(claims: readonly Claim[]): boolean {
    if (claims.length === 0) return true;
    for (const claim of claims) this.#apply({ ...claim, by: this.#by });
    return this.#compact();
  }

  close(): void {
    this.#file.close();
  }

  get #path(): string {
    return join(this.#folder, 'digests.jsonl');
  }

  #open(): AppendFile {
    return new AppendFile(this.#path, 0o600, { isShared: true });
  }

  /** An agent that waits for its turn writes here too, and keeps the file open. */
  #isShared(): boolean {
    return readdirSync(this.#folder).some((name) => WAITING.test(name));
  }

  /** Reads what other processes, and this one, have appended. */
  #catchUp(): void {
    const { ino, size } = statSync(this.#path);
    if (ino !== this.#file.inode) {
      this.#file.close();
      this.#file = this.#open();
      this.#readUntil = 0;
    } else if (size === this.#readUntil) return;
    const options = { maxLineBytes: MAX_LINE_BYTES, from: this.#readUntil };
    for (const { value, end } of readJsonLines<Line>(this.#path, options)) {
      // A time that is no number would be later than no other: nothing would ever expire.
      if (isLine(value)) this.#apply(value);
      this.#readUntil = end;
      this.#lines++;
    }
  }

  #apply(line: Line): void {
    if ('signedTimeMs' in line) {
      this.#signedTimeMs = Math.max(this.#signedTimeMs, line.signedTimeMs);
      return;
    }
    this.#signedTimeMs = Math.max(this.#signedTimeMs, line.validFromMs);
    if (this.#claims.has(line.digest)) return;
    this.#claims.set(line.digest, { id: line.id, expiresMs: line.expiresMs, by: line.by });
    this.#digestOf.set(line.id, line.digest);
  }

  /** Forgets what signed time has passed, and rewrites the file without it; false when that was not possible. */
  #compact(): boolean {
    if (!this.#isOwner || this.#isShared()) return false;
    for (const [digest, { id, expiresMs }] of this.#claims) {
      if (expiresMs >= this.#signedTimeMs) continue;
      this.#claims.delete(digest);
      this.#digestOf.delete(id);
    }
    this.#lines = this.#claims.size;
    const claims = [...this.#claims].map(([digest, { id, expiresMs, by }]) => {
      return { id, digest, expiresMs, validFromMs: 0, by };
    });
    try {
      replaceLines(this.#path, [{ signedTimeMs: this.#signedTimeMs }, ...claims], 0o600);
    } catch {
      return false; // no room for a second file: the present one goes on
    }
    this.#file.close();
    this.#file = this.#open();
    this.#readUntil = this.#file.bytes;
    return true;
  }
}

function isLine(line: Partial<Claim> & { signedTimeMs?: number }): boolean {
  if (line.signedTimeMs !== undefined) return Number.isFinite(line.signedTimeMs);
  const { id, digest, expiresMs, validFromMs } = line;
  return typeof digest === 'string' && [id, expiresMs, validFromMs].every(Number.isFinite);
}
