import type { FlagKind, ParsedFlags } from '../../contract/go/flags.ts';

/** The repeatable flags, each with its field of the search, in MIG's order of fields. */
export const LIST_FIELDS = {
  path: 'paths',
  name: 'names',
  size: 'sizes',
  mode: 'modes',
  mtime: 'mtimes',
  content: 'contents',
  md5: 'md5',
  sha1: 'sha1',
  sha2: 'sha2',
  sha3: 'sha3',
} as const;

const LIST_FLAGS = Object.keys(LIST_FIELDS).map((flag): [string, FlagKind] => [flag, 'list']);

export const FLAGS: Record<string, FlagKind> = {
  ...Object.fromEntries(LIST_FLAGS),
  mismatch: 'list',
  maxdepth: 'number',
  maxerrors: 'number',
  matchlimit: 'number',
  matchall: 'boolean',
  matchany: 'boolean',
  macroal: 'boolean',
  returnsha256: 'boolean',
  decompress: 'boolean',
  verbose: 'boolean',
};

/** The command line describes one search, which MIG labels `s1`. */
export function toParameters(values: ParsedFlags['values']) {
  const lists = Object.entries(LIST_FIELDS).flatMap(([flag, field]) =>
    values[flag] ? [[field, values[flag]]] : [],
  );
  return { searches: { s1: { ...Object.fromEntries(lists), options: toOptions(values) } } };
}

function toOptions(values: ParsedFlags['values']) {
  return {
    maxdepth: values.maxdepth ?? 1000,
    maxerrors: values.maxerrors ?? 30,
    matchall: values.matchany === true ? false : (values.matchall ?? true),
    macroal: values.macroal ?? false,
    mismatch: values.mismatch ?? null,
    matchlimit: values.matchlimit ?? 1000,
    ...(values.returnsha256 ? { returnsha256: true } : {}),
    ...(values.decompress ? { decompress: true } : {}),
  };
}
