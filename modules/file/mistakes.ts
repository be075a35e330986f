import { isTypographicallyQuoted } from '../../contract/rules/quotes.ts';
import { CHECK_NAME, FILTERS, type Filter, type Parameters, type Search, withoutBang } from './schema.ts';

/**
 * What MIG accepts and what can only be a slip: such a search finds nothing, or ends with nonsense, on every endpoint.
 * Undefined when there is none. Only the investigator's program asks; agents and the API take what MIG takes.
 */
export function findMistake({ searches }: Parameters): string | undefined {
  const all = Object.values(searches);
  if (all.length === 0) return 'the action has no search: it finds nothing';
  for (const search of all) {
    const mistake =
      pathMistake(search) ??
      numberMistake(search) ??
      checkMistake(search) ??
      uselessOption(search) ??
      contradiction(search);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

const ABSOLUTE = /^(\/|[A-Za-z]:[\\/]|\\\\)/;

function pathMistake({ paths = [] }: Search): string | undefined {
  const wrong = paths.find((path) => !ABSOLUTE.test(path));
  if (wrong === undefined) return undefined;
  const why = wrong === '' ? 'is empty' : `${JSON.stringify(wrong)} is not absolute`;
  return `-path ${why}: an agent has no folder to begin from and expands no ~ or $; write the whole path, as /etc or C:\\Windows`;
}

function uselessOption({ options }: Search): string | undefined {
  if (options.returnsha256 && !options.matchall)
    return '-returnsha256 gives no hash with -matchany: leave one of them out';
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
  const lost = search.options.mismatch?.find(
    (name) => !filters.some((filter) => CHECK_NAME[filter] === name),
  );
  if (lost !== undefined) return `-mismatch ${lost}: there is no -${lost} that it could invert`;
  for (const filter of filters) {
    for (const value of search[filter] ?? []) {
      const mistake = valueMistake(filter, value);
      if (mistake !== undefined) return `-${CHECK_NAME[filter]} ${JSON.stringify(value)}: ${mistake}`;
    }
  }
  return undefined;
}

/** As `^-rws` for a setuid file, with nothing that might match without the s. */
const MODE_OF_LS = /^\^?[-d.][rwx.-]*[sS](?![?*{])[^|]*$/;
const DOUBLY_QUOTED = /^!?(?:'.*'|".*")$/s;

function valueMistake(filter: Filter, value: string): string | undefined {
  if (isTypographicallyQuoted(withoutBang(value)))
    return 'its quotes are typographic, and part of the pattern: type \' or "';
  switch (filter) {
    case 'names':
      if (DOUBLY_QUOTED.test(value)) return 'its inner quotes are part of the pattern: leave them out';
      if (/\//.test(value) && !/[|?*[\]{}]/.test(value))
        return 'is compared with the last part of a path, which has no /: give the folder with -path';
      return undefined;
    case 'modes':
      if (DOUBLY_QUOTED.test(value)) return 'its inner quotes are part of the pattern: leave them out';
      if (MODE_OF_LS.test(value))
        return "never matches: there is no s; setuid files begin with u, setgid files with g, as '^u'";
      return /^\^?[0-9]+\$?$/.test(value)
        ? "is compared with text as -rwxr-xr-x, which has no digits: write a pattern of it, as '^-rw-r' (setuid files begin with u: '^u')"
        : undefined;
    case 'sizes':
      return numberPart(value) === undefined
        ? "has no number: write one, as '>10k' or '<1m' (in quotes)"
        : undefined;
    case 'mtimes':
      return (numberPart(value) ?? 0) > 0
        ? undefined
        : "has no number over 0: write one, as '<30d' or '>12h' (in quotes)";
    default:
      return undefined;
  }
}

function numberPart(value: string): number | undefined {
  const digits = /\d+/.exec(value)?.[0];
  return digits !== undefined && Number.isSafeInteger(Number(digits)) ? Number(digits) : undefined;
}

const HASHES = ['md5', 'sha1', 'sha2', 'sha3'] as const;

/** Two checks that no file passes together. */
function contradiction(search: Search): string | undefined {
  if (!search.options.matchall) return undefined;
  const inverted = search.options.mismatch ?? [];
  for (const filter of HASHES) {
    if (inverted.includes(CHECK_NAME[filter])) continue;
    const byLength = new Map<number, string>();
    for (const value of search[filter] ?? []) {
      const other = byLength.get(value.length) ?? value;
      if (other.toUpperCase() !== value.toUpperCase()) return impossible(CHECK_NAME[filter]);
      byLength.set(value.length, value);
    }
  }
  if (inverted.includes('name')) return undefined;
  const names = new Set((search.names ?? []).flatMap(literalName));
  return names.size > 1 ? impossible('name') : undefined;
}

function impossible(flag: string): string {
  return `no file passes two different -${flag} at the same time: add -matchany to find those that pass one of them`;
}

/** The one name that a pattern stands for, when it is no more than that. */
function literalName(pattern: string): string[] {
  if (withoutBang(pattern) !== pattern) return [];
  const literal = /^\^((?:[\w -]|\\[.\-+])+)\$$/.exec(pattern)?.[1];
  return literal === undefined ? [] : [literal.replaceAll('\\', '')];
}
