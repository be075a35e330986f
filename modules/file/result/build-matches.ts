import { posix } from 'node:path';
import { goErrno } from '../../../contract/go/errno.ts';
import { encodeJson } from '../../../contract/go/json.ts';
import { releaseMemory } from '../../../platform/machine/release-memory.ts';
import { TimeIsUp } from '../deadline.ts';
import { sha256Of } from '../evaluate/evaluate-file.ts';
import { goTime, modeString, statFile } from '../filesystem/file-info.ts';
import { type Path, shownPath } from '../filesystem/paths.ts';
import { LargeFile, type Reading } from '../filesystem/read-chunks.ts';
import { FILTERS, type Options, type Search } from '../parameters/schema.ts';
import type { Check, Plan } from '../plan/plan.ts';
import type { Tally } from '../tally.ts';

/** One match as MIG writes it; `file` is empty when nothing matched. */
export interface Match {
  file: string;
  search: Record<string, unknown>;
  fileinfo: { size: number; mode: string; lastmodified: string; sha256?: string };
}

/** How the matches of a run become its answer. */
export interface Building extends Reading {
  tally: Tally;
  decompress: boolean;
  /** What is left of the answer, and what of it the search may take, in bytes. */
  room: { left: number; share: number };
}

/** Asking for the inode of many files leaves much behind, faster than it would be collected. */
const MATCHES_BETWEEN_COLLECTIONS = 5_000;
/** Checks without a match that a search lists, and values of a list that are echoed: nobody reads thousands. */
const MAX_ECHOED = 100;
const NO_INFO = { size: 0, mode: '', lastmodified: '' };
const PLAIN_OPTIONS = {
  maxdepth: 0,
  maxerrors: 0,
  matchall: false,
  macroal: false,
  mismatch: null,
  matchlimit: 0,
};

/** The matches of a search: per file in matchall, per check and file in matchany; null for a search without checks. */
export async function buildMatches(plan: Plan, building: Building): Promise<Match[] | null> {
  const { search, matches, checks } = plan;
  if (!search.options.matchall && checks.length === 0) return null;
  const list = new MatchList(building, search.options.returnsha256 && search.options.matchall);
  if (search.options.matchall) {
    const echo = echoAll(plan);
    if (matches.size === 0) list.add({ file: '', search: echo, fileinfo: NO_INFO });
    for (const file of matches) await list.addFile(file, echo);
  } else {
    let empty = 0;
    for (const check of checks) {
      // Files of one folder share what is echoed of the search.
      const echoes = new Map<string, Match['search']>();
      for (const file of check.matches) {
        const folder = posix.dirname(shownPath(file));
        const echo = echoes.get(folder) ?? echoCheck(check, [folder]);
        echoes.set(folder, echo);
        await list.addFile(file, echo);
      }
      if (check.matches.size === 0 && ++empty <= MAX_ECHOED)
        list.add({ file: '', search: echoCheck(check, plan.paths), fileinfo: NO_INFO });
    }
  }
  return list.finish(plan.label);
}

/** Matches up to a number of bytes, with what could not be said of them among the errors. */
class MatchList {
  readonly #building: Building;
  readonly #withSha256: boolean;
  readonly #matches: Match[] = [];
  /** Files too large to be hashed before all others are. */
  readonly #large: { file: Path; match: Match; size: number }[] = [];
  #files = 0;
  #omitted = 0;
  #unhashed = 0;
  #bytes = 0;

  constructor(building: Building, withSha256: boolean) {
    this.#building = building;
    this.#withSha256 = withSha256;
  }

  /** False when there is no room for it. */
  add(match: Match): boolean {
    const { room } = this.#building;
    if (room.left !== Number.POSITIVE_INFINITY) {
      const size = Buffer.byteLength(encodeJson(match)) + (this.#withSha256 ? SHA256_BYTES : 0) + 1;
      if (this.#bytes + size > room.share) return false;
      this.#bytes += size;
      room.left -= size;
    }
    this.#matches.push(match);
    if (this.#matches.length % MATCHES_BETWEEN_COLLECTIONS === 0) releaseMemory();
    return true;
  }

  /** A match of which something cannot be read is listed all the same. */
  async addFile(file: Path, search: Match['search']): Promise<void> {
    this.#files++;
    if (this.#omitted > 0) {
      this.#omitted++;
      return;
    }
    const match = { file: shownPath(file), search, fileinfo: this.#describe(file) };
    if (!this.add(match)) this.#omitted++;
    else if (this.#withSha256 && match.fileinfo.mode !== '') await this.#hash(file, match, this.#building);
  }

  async finish(label: string): Promise<Match[]> {
    const { tally, room } = this.#building;
    const reading = { ...this.#building, maxBytes: Number.POSITIVE_INFINITY };
    for (const { file, match } of this.#large.sort((a, b) => a.size - b.size))
      await this.#hash(file, match, reading);
    if (this.#unhashed > 0)
      tally.notice(`${this.#unhashed} matches in search '${label}' have no hash: the time was over`);
    if (this.#omitted > 0)
      tally.notice(
        `${this.#omitted} of ${this.#files} matches in search '${label}' were not returned: they may take ${Math.floor(room.share)} bytes`,
      );
    return this.#matches;
  }

  #describe(file: Path): Match['fileinfo'] {
    try {
      const info = statFile(file);
      return { size: info.size, mode: modeString(info), lastmodified: goTime(info.mtimeNs) };
    } catch (error) {
      this.#building.tally.error(`buildResults() -> stat ${shownPath(file)}: ${goErrno(error)}`);
      return { ...NO_INFO };
    }
  }

  async #hash(file: Path, match: Match, reading: Building): Promise<void> {
    try {
      match.fileinfo.sha256 = await sha256Of(file, reading);
    } catch (error) {
      if (error instanceof LargeFile) this.#large.push({ file, match, size: error.size });
      else if (error instanceof TimeIsUp) this.#unhashed++;
      else
        reading.tally.error(`buildResults() -> getHash() -> ${error instanceof Error ? error.message : ''}`);
    }
  }
}

/** `,"sha256":"…"` */
const SHA256_BYTES = 76;

function echoAll({ search, paths }: Plan): Record<string, unknown> {
  return {
    ...(search.description === '' ? {} : { description: search.description }),
    paths,
    ...echoFilters(search),
    options: echoOptions(search.options),
  };
}

function echoFilters(search: Search): Record<string, string[]> {
  return Object.fromEntries(
    FILTERS.flatMap((filter) =>
      search[filter]?.length ? [[filter, search[filter].slice(0, MAX_ECHOED)]] : [],
    ),
  );
}

/** All options as given, but the three numbers, which MIG always writes as 0. */
function echoOptions(options: Options): Record<string, unknown> {
  return {
    ...PLAIN_OPTIONS,
    matchall: options.matchall,
    macroal: options.macroal,
    mismatch: options.mismatch,
    ...(options.remotefs ? { remotefs: true } : {}),
    ...(options.debug === '' ? {} : { debug: options.debug }),
    ...(options.returnsha256 ? { returnsha256: true } : {}),
    ...(options.decompress ? { decompress: true } : {}),
  };
}

function echoCheck(check: Check, paths: string[]): Record<string, unknown> {
  return { paths, [check.filter]: [check.value], options: PLAIN_OPTIONS };
}
