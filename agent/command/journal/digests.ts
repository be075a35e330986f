import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MigError } from '../../../contract/errors.ts';
import { AppendFile, replaceLines } from '../../../platform/files/append-file.ts';
import { readJsonLines } from '../../../platform/files/read-lines.ts';

/** An action that started here: the digest of its signed text, and the command that ran it. */
export interface Claim {
  id: number;
  digest: string;
  expiresMs: number;
  validFromMs: number;
}

type Line = (Claim & { by: string }) | { signedTimeMs: number };

/** About 4 MB on disk, and twice that while the file is rewritten. */
export const MAX_DIGESTS = 25_000;
const MAX_LINE_BYTES = 1024;
const MAX_ATTEMPTS = 10;
const LINES_BETWEEN_COMPACTIONS = 2_500;
const WAITING = /^waiting-\d+$/;

/**
 * The set of actions that started on this endpoint and are still valid by signed time: none of them starts again. An agent
 * and a waiting successor append to the same file; the first line about an action decides which of the two runs it. The set
 * never forgets an action that could still be valid: while it is full, no other action starts.
 */
export class Digests {
  readonly #folder: string;
  readonly #isOwner: boolean;
  readonly #by = randomBytes(6).toString('base64url');
  readonly #claims = new Map<string, { id: number; expiresMs: number; by: string }>();
  readonly #digestOf = new Map<number, string>();
  /** Digests whose append may have failed, as on a full disk: their commands have not started. */
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

  /** The latest `validfrom` of all started actions. An action that expired before it cannot be valid. */
  get signedTimeMs(): number {
    return this.#signedTimeMs;
  }

  /** Whether one more action fits, once expired ones are removed. */
  hasRoom(): boolean {
    this.#catchUp();
    if (this.#claims.size >= MAX_DIGESTS) this.#compact();
    return this.#claims.size < MAX_DIGESTS;
  }

  /** The command that ran an action, if any. */
  find(digest: string): number | undefined {
    this.#catchUp();
    const claim = this.#claims.get(digest);
    if (claim?.by === this.#by && this.#unsynced.has(digest)) return undefined;
    return claim?.id;
  }

  hasCommand(id: number): boolean {
    return this.#digestOf.has(id);
  }

  /** Adds an action to the set and syncs it to disk; false if another command or process was first. Throws on a full disk. */
  claim(claim: Claim): boolean {
    if (this.find(claim.digest) !== undefined) return false;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      this.#unsynced.add(claim.digest);
      this.#file.append({ ...claim, by: this.#by }, { sync: true });
      this.#catchUp();
      const winner = this.#claims.get(claim.digest);
      // The line is missing if the file was replaced meanwhile, or if another process wrote half a line before it.
      if (winner === undefined) continue;
      if (this.#lines > this.#claims.size + LINES_BETWEEN_COMPACTIONS) this.#compact();
      const isOurs = winner.by === this.#by && winner.id === claim.id;
      if (isOurs) this.#unsynced.delete(claim.digest);
      return isOurs;
    }
    throw new MigError('internal', `${this.#path} does not contain what was written to it`);
  }

  /** Adds claims from the journal of an older agent; false when they could not be written. */
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

  /** A waiting successor also writes to the file, and keeps it open. */
  #isShared(): boolean {
    return readdirSync(this.#folder).some((name) => WAITING.test(name));
  }

  /** Reads the lines that this process and others have appended since the last read. */
  #catchUp(): void {
    const { ino, size } = statSync(this.#path);
    if (ino !== this.#file.inode) {
      this.#file.close();
      this.#file = this.#open();
      this.#readUntil = 0;
    } else if (size === this.#readUntil) return;
    const options = { maxLineBytes: MAX_LINE_BYTES, from: this.#readUntil };
    for (const { value, end } of readJsonLines<Line>(this.#path, options)) {
      // A line without numbers is skipped: comparisons with NaN are false, so its action would never expire.
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

  /** Rewrites the file without expired actions; false when that is not possible. */
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
      return false; // There is no room for a second file: the present one stays in use.
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
