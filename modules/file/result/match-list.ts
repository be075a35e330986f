import { goErrno } from '../../../contract/go/errno.ts';
import { encodeJson } from '../../../contract/go/json.ts';
import { type Path, toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import { releaseMemory } from '../../../platform/machine/release-memory.ts';
import { DeadlineError } from '../deadline.ts';
import { sha256Of } from '../evaluate/hashes.ts';
import { formatGoTime, formatMode, statFile } from '../filesystem/file-info.ts';
import { LargeFileError } from '../filesystem/open-file.ts';
import type { ReadContext } from '../filesystem/read-chunks.ts';
import type { Tally } from '../tally.ts';
import { type Match, NO_FILE_INFO } from './match.ts';

export interface MatchListDeps extends ReadContext {
  tally: Tally;
  decompress: boolean;
  /** The free bytes of the result for all searches, and the share of this one. */
  budget: { leftBytes: number; shareBytes: number };
}

/** Calls to stat produce garbage faster than the runtime collects it. */
const MATCHES_PER_COLLECTION = 5_000;
/** The length of `,"sha256":"…"`. */
const SHA256_BYTES = 76;

/** The matches of one search, up to its share of the result. Errors report the missing ones. */
export class MatchList {
  readonly #deps: MatchListDeps;
  readonly #withSha256: boolean;
  readonly #matches: Match[] = [];
  /** Files that are hashed after all others, because one alone could use up the time. */
  readonly #large: { file: Path; match: Match; size: number }[] = [];
  #files = 0;
  #omitted = 0;
  #unhashed = 0;
  #bytes = 0;

  constructor(deps: MatchListDeps, { withSha256 }: { withSha256: boolean }) {
    this.#deps = deps;
    this.#withSha256 = withSha256;
  }

  /** Returns false when the share has no room for the match. */
  add(match: Match): boolean {
    const { budget } = this.#deps;
    if (budget.leftBytes !== Number.POSITIVE_INFINITY) {
      const bytes = Buffer.byteLength(encodeJson(match)) + (this.#withSha256 ? SHA256_BYTES : 0) + 1;
      if (this.#bytes + bytes > budget.shareBytes) return false;
      this.#bytes += bytes;
      budget.leftBytes -= bytes;
    }
    this.#matches.push(match);
    if (this.#matches.length % MATCHES_PER_COLLECTION === 0) releaseMemory();
    return true;
  }

  /** Adds an entry that is no file, or counts it as missing. */
  addEntry(match: Match): void {
    this.#files++;
    if (this.#omitted > 0 || !this.add(match)) this.#omitted++;
  }

  /** Adds a match even when its metadata or its hash cannot be read. */
  async addFile(file: Path, search: Match['search']): Promise<void> {
    this.#files++;
    if (this.#omitted > 0) {
      this.#omitted++;
      return;
    }
    const match = { file: toDisplayPath(file), search, fileinfo: this.#describe(file) };
    if (!this.add(match)) this.#omitted++;
    else if (this.#withSha256 && match.fileinfo.mode !== '') await this.#addHash(file, match, this.#deps);
  }

  /** Hashes the large files, the smallest first, and returns all matches. */
  async finish(label: string): Promise<Match[]> {
    const withoutLimit = { ...this.#deps, maxBytes: Number.POSITIVE_INFINITY };
    this.#large.sort((a, b) => a.size - b.size);
    for (const { file, match } of this.#large) await this.#addHash(file, match, withoutLimit);
    this.#noteMissing(label);
    return this.#matches;
  }

  #describe(file: Path): Match['fileinfo'] {
    try {
      const info = statFile(file);
      return { size: info.size, mode: formatMode(info), lastmodified: formatGoTime(info.mtimeNs) };
    } catch (error) {
      this.#deps.tally.error(`buildResults() -> stat ${toDisplayPath(file)}: ${goErrno(error)}`);
      return { ...NO_FILE_INFO };
    }
  }

  async #addHash(file: Path, match: Match, deps: MatchListDeps): Promise<void> {
    try {
      match.fileinfo.sha256 = await sha256Of(file, deps);
    } catch (error) {
      if (error instanceof LargeFileError) this.#large.push({ file, match, size: error.size });
      else if (error instanceof DeadlineError) this.#unhashed++;
      else deps.tally.error(`buildResults() -> getHash() -> ${error instanceof Error ? error.message : ''}`);
    }
  }

  #noteMissing(label: string): void {
    const { tally, budget } = this.#deps;
    if (this.#unhashed > 0) {
      tally.notice(`${this.#unhashed} matches in search '${label}' have no hash: the time was over`);
    }
    if (this.#omitted > 0) {
      tally.notice(
        `${this.#omitted} of ${this.#files} matches in search '${label}' were not returned: they may take ${Math.floor(budget.shareBytes)} bytes`,
      );
    }
  }
}
