import { isTypographicallyQuoted } from '../../../contract/text/quotes.ts';
import { neverMatches } from '../../../platform/re2/never-matches.ts';
import { compilePattern } from '../../../platform/re2/regexp.ts';
import { allModes } from '../filesystem/file-info.ts';
import { isAbsolute } from '../filesystem/paths.ts';
import { MAX_MINUTES, toAgeBound, toSizeBound } from './bounds.ts';
import { findContradiction } from './contradictions.ts';
import { findExclusionMistake } from './exclusion-mistakes.ts';
import { CHECK_NAME, FILTERS, type Filter, type Parameters, type Search, withoutBang } from './schema.ts';

/**
 * Returns a mistake that MIG accepts, although such a search finds nothing, or nonsense, on every endpoint; undefined when
 * there is none. Only `mig` calls this: agents and the API accept everything that MIG accepts.
 */
export function findMistake({ searches }: Parameters): string | undefined {
  const all = Object.entries(searches);
  if (all.length === 0) return 'the action has no search: it finds nothing';
  for (const [label, search] of all) {
    const mistake =
      pathMistake(search) ??
      findExclusionMistake(search) ??
      numberMistake(search) ??
      checkMistake(search) ??
      findUselessOption(search) ??
      findContradiction(search);
    if (mistake !== undefined) return all.length === 1 ? mistake : `search '${label}': ${mistake}`;
  }
  return findUnsharedOption(Object.values(searches));
}

function pathMistake({ paths = [] }: Search): string | undefined {
  const wrong = paths.find((path) => !isAbsolute(path));
  if (wrong === undefined) return undefined;
  const why = wrong === '' ? 'is empty' : `${JSON.stringify(wrong)} is not absolute`;
  return `-path ${why}: an agent has no folder to begin from and expands no ~ or $; write the whole path, as /etc or C:\\Windows`;
}

function findUselessOption({ contents = [], md5, sha1, sha2, sha3, options }: Search): string | undefined {
  if (options.returnsha256 && !options.matchall)
    return '-returnsha256 gives no hash with -matchany: leave one of them out';
  if (options.returnsha256 && options.count)
    return '-returnsha256 gives no hash with -count: leave one of them out';
  if (options.macroal && contents.length === 0) return '-macroal changes nothing: there is no -content';
  const readsBytes = options.returnsha256 || [contents, md5, sha1, sha2, sha3].some((list) => list?.length);
  if (options.decompress && !readsBytes)
    return '-decompress changes nothing: names, sizes, modes and times are those of the compressed file';
  return undefined;
}

const UNSHARED = {
  decompress: 'decompress of one search holds for all of its action: set it in all, or write two actions',
  count: 'count of one search hides the errors of all of its action: set it in all, or write two actions',
};

/** One search with `decompress` turns it on for the whole action, as MIG documents. */
function findUnsharedOption(searches: readonly Search[]): string | undefined {
  for (const name of ['decompress', 'count'] as const) {
    if (new Set(searches.map(({ options }) => options[name])).size > 1) return UNSHARED[name];
  }
  return undefined;
}

function numberMistake({ options }: Search): string | undefined {
  for (const name of ['maxdepth', 'matchlimit', 'maxerrors'] as const) {
    const value = options[name];
    if (!Number.isSafeInteger(value) || value < 0)
      return `-${name} ${value}: must be a whole number, 0 (no limit) or more`;
  }
  return undefined;
}

function checkMistake(search: Search): string | undefined {
  const filters = FILTERS.filter((filter) => search[filter]?.length);
  if (filters.length === 0)
    return "the search has no check and would find nothing: add one, as -name '^passwd$' (-name . for every file)";
  const unused = search.options.mismatch?.find(
    (name) => !filters.some((filter) => CHECK_NAME[filter] === name),
  );
  if (unused !== undefined) return `-mismatch ${unused}: there is no -${unused} that it could invert`;
  for (const filter of filters) {
    for (const value of search[filter] ?? []) {
      const mistake = valueMistake(filter, value);
      if (mistake !== undefined) return `-${CHECK_NAME[filter]} ${JSON.stringify(value)}: ${mistake}`;
    }
  }
  return undefined;
}

const DOUBLY_QUOTED = /^!?(?:'.*'|".*")$/s;

function valueMistake(filter: Filter, value: string): string | undefined {
  if (isTypographicallyQuoted(withoutBang(value)))
    return 'its quotes are typographic, and part of the pattern: type \' or "; if they are meant, put the first in brackets, as [“]';
  switch (filter) {
    case 'names':
    case 'modes':
      if (DOUBLY_QUOTED.test(value)) return 'its inner quotes are part of the pattern: leave them out';
      return filter === 'names' ? nameMistake(value) : modeMistake(value);
    case 'contents':
      return contentMistake(value);
    case 'sizes':
      return sizeMistake(value);
    case 'mtimes':
    case 'ctimes':
    case 'btimes':
      return mtimeMistake(value);
    default:
      return undefined;
  }
}

const NEVER = 'never matches: something has to stand before ^ or behind $';

function nameMistake(value: string): string | undefined {
  const pattern = withoutBang(value);
  if (neverMatches(pattern, () => true)) return NEVER;
  if (pattern === '^$') return 'never matches: no name is empty';
  return neverMatches(pattern, (char) => char !== '/' && char !== '\0')
    ? 'is compared with the last part of a path, which has no /: give the folder with -path'
    : undefined;
}

function contentMistake(value: string): string | undefined {
  const pattern = withoutBang(value);
  if (neverMatches(pattern, () => true)) return NEVER;
  return neverMatches(pattern, (char) => char !== '\n')
    ? 'is compared with one line at a time, which holds no line feed: give each line a -content of its own'
    : undefined;
}

function modeMistake(value: string): string | undefined {
  const pattern = compilePattern(value);
  let matchesDirectories = false;
  for (const mode of allModes()) {
    if (!pattern.test(mode)) continue;
    if (!mode.startsWith('d')) return undefined;
    matchesDirectories = true;
  }
  if (matchesDirectories) return 'is that of folders, which are no matches: a search finds files';
  const withoutCounts = value.replace(/\{[0-9,]+\}/g, '');
  if (/[0-9]/.test(withoutCounts))
    return "is compared with text as -rwxr-xr-x, which has no digits: write a pattern of it, as '^-rw-r' (setuid files begin with u: '^u')";
  return /s/i.test(withoutCounts)
    ? "never matches: there is no s; setuid files begin with u, setgid files with g, as '^u'"
    : "never matches: a mode is text as -rwxr-xr-x; setuid files begin with u, setgid files with g, as '^u'";
}

/** More than any file system allows. */
const MAX_FILE_SIZE = 2 ** 63;

function sizeMistake(value: string): string | undefined {
  const size = toSizeBound(value);
  if (size === undefined) return "has no number: write one, as '>10k' or '<1m' (in quotes)";
  return size.sign !== '<' && size.bytes >= MAX_FILE_SIZE ? 'no file is so large' : undefined;
}

function mtimeMistake(value: string): string | undefined {
  const age = toAgeBound(value);
  if (age === undefined) return "has no number: write one, as '<30d' or '>12h' (in quotes)";
  return age.minutes > MAX_MINUTES ? 'reaches too far back: 292 years (106751d) at most' : undefined;
}
