import { posix } from 'node:path';
import { releaseMemory } from '../memory.ts';
import type { Check, Plan } from './checks.ts';
import { hashFile } from './evaluate.ts';
import { goTime, modeString, statFile } from './file-info.ts';
import { FILTERS, type Options, type Search } from './schema.ts';

/** One match as MIG writes it; `file` is empty when nothing matched. */
export interface Match {
  file: string;
  search: Record<string, unknown>;
  fileinfo: { size: number; mode: string; lastmodified: string; sha256?: string };
}

/** Asking for the inode of many files leaves much behind, faster than it would be collected. */
const MATCHES_BETWEEN_COLLECTIONS = 5_000;
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
export async function buildMatches(plan: Plan): Promise<Match[] | null> {
  if (plan.search.options.matchall) {
    const search = echoAll(plan);
    if (plan.matches.size === 0) return [{ file: '', search, fileinfo: NO_INFO }];
    return build([...plan.matches], (file) => describe(file, search, plan.search.options));
  }
  if (plan.checks.length === 0) return null;
  const lists = await Promise.all(plan.checks.map((check) => matchesOfCheck(plan, check)));
  return lists.flat();
}

async function matchesOfCheck(plan: Plan, check: Check): Promise<Match[]> {
  if (check.matches.size === 0)
    return [{ file: '', search: echoCheck(check, plan.paths), fileinfo: NO_INFO }];
  // Files of one folder share what is echoed of the search.
  const echoes = new Map<string, Match['search']>();
  return build([...check.matches], (file) => {
    const folder = posix.dirname(file);
    const echo = echoes.get(folder) ?? echoCheck(check, [folder]);
    echoes.set(folder, echo);
    return describe(file, echo);
  });
}

async function build(
  files: readonly string[],
  one: (file: string) => Promise<Match | undefined>,
): Promise<Match[]> {
  const matches: Match[] = [];
  for (const file of files) {
    const match = await one(file);
    if (!match) continue;
    matches.push(match);
    if (matches.length % MATCHES_BETWEEN_COLLECTIONS === 0) releaseMemory();
  }
  return matches;
}

/** Undefined when the file is gone meanwhile: MIG fails the whole run then, we leave the one match out. */
async function describe(
  file: string,
  search: Match['search'],
  options?: Options,
): Promise<Match | undefined> {
  try {
    const info = statFile(file);
    const fileinfo: Match['fileinfo'] = {
      size: info.size,
      mode: modeString(info),
      lastmodified: goTime(info.mtimeNs),
    };
    if (options?.returnsha256) {
      const digests = await hashFile(file, new Set(['sha256']), options);
      fileinfo.sha256 = digests.get('sha256') ?? '';
    }
    return { file, search, fileinfo };
  } catch {
    return undefined;
  }
}

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
    FILTERS.flatMap((filter) => (search[filter]?.length ? [[filter, search[filter]]] : [])),
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
