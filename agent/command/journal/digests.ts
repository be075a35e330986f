import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../../contract/errors.ts';
import { AppendFile, replaceLines } from '../../../platform/files/append-file.ts';
import { readJsonLines } from '../../../platform/files/read-lines.ts';

/** An action that started here: the digest of its signed text, and the command it started as. */
export interface Claim {
  id: number;
  digest: string;
  expiresMs: number;
  validFromMs: number;
}

type Line = (Claim & { by: string }) | { signedTimeMs: number };

/** Some 4 MB on disk, and twice that while the file is rewritten. */
export const MAX_DIGESTS = 25_000;
const MAX_LINE_BYTES = 1024;
const MAX_ATTEMPTS = 10;
const LINES_BETWEEN_COMPACTIONS = 2_500;
const WAITING = /^waiting-\d+$/;

/**
 * The set of actions that started on this endpoint and are still valid by signed time: none of them starts again. An agent
 * and a successor that waits append to the same file, and the first line of an action in it decides which of them runs it.
 * The set never forgets an action that could still be valid: when it is full, no other action starts.
 */
export class Digests {
  readonly #folder: string;
  readonly #isOwner: boolean;
  readonly #by = randomBytes(6).toString('base64url');
  readonly #claims = new Map<string, { id: number; expiresMs: number; by: string }>();
  readonly #digestOf = new Map<number, string>();
  /** Digests that this process tried to append, perhaps onto a full disk: their commands have not started. */
  readonly #unsynced = new Set<string>();
  #signedTimeMs = 0;
  #file: AppendFile;
  #readUntil = 0;
  #lines = 0;

  /** Only the owner of the state folder rewrites the file. */
  constructor(folder: string, { isOwner }: { isOwner: boolean }) {
    this.#folder = folder;
    this.#isOwner = isOwner;
    this.#file = this.#open();
    this.#catchUp();
    this.#compact();
  }

  /** The latest start of a validity window among all started actions. Actions that expired before it cannot be valid. */
  get signedTimeMs(): number {
    return this.#signedTimeMs;
  }

  /** Whether one more action fits, once expired ones are removed. */
  hasRoom(): boolean {
    this.#catchUp();
    if (this.#claims.size >= MAX_DIGESTS) this.#compact();
    return this.#claims.size < MAX_DIGESTS;
  }

  /** The command that an action started as, if any. */
  find(digest: string): number | undefined {
    this.#catchUp();
    const claim = this.#claims.get(digest);
    if (claim?.by === this.#by && this.#unsynced.has(digest)) return undefined;
    return claim?.id;
  }

  hasCommand(id: number): boolean {
    return this.#digestOf.has(id);
  }

  /** Adds an action to the set, synced to disk; false when another command or process was first. Throws when the disk is full. */
  claim(claim: Claim): boolean {
    if (this.find(claim.digest) !== undefined) return false;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      this.#unsynced.add(claim.digest);
      this.#file.append({ ...claim, by: this.#by }, { sync: true });
      this.#catchUp();
      const winner = this.#claims.get(claim.digest);
      // Missing: the file was replaced meanwhile, or half a line of another process spoilt this one.
      if (winner === undefined) continue;
      if (this.#lines > this.#claims.size + LINES_BETWEEN_COMPACTIONS) this.#compact();
      const isOurs = winner.by === this.#by && winner.id === claim.id;
      if (isOurs) this.#unsynced.delete(claim.digest);
      return isOurs;
    }
    throw new MigError('internal', `${this.#path} does not hold what is written to it`);
  }

  /** Adds claims that were recorded elsewhere; false when they could not be written. */
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

  /** A successor that waits writes to the file too, and keeps it open. */
  #isShared(): boolean {
    return readdirSync(this.#folder).some((name) => WAITING.test(name));
  }

  /** Reads the lines that were appended since, by this process and by others. */
  #catchUp(): void {
    const { ino, size } = statSync(this.#path);
    if (ino !== this.#file.inode) {
      this.#file.close();
      this.#file = this.#open();
      this.#readUntil = 0;
    } else if (size === this.#readUntil) return;
    const options = { maxLineBytes: MAX_LINE_BYTES, from: this.#readUntil };
    for (const { value, end } of readJsonLines<Line>(this.#path, options)) {
      // Comparisons with NaN are false: nothing would ever expire.
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

  /** Removes expired actions, and rewrites the file without them; false when that is not possible. */
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
      return false; // No room for a second file: the set goes on with this one.
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
