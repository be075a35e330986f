import { z } from 'zod';
import { goObject, recordOf, texts } from '../../../contract/fields.ts';

/** Far more searches than any investigator writes. */
const MAX_SEARCHES = 10_000;
const list = texts.optional();

const Options = goObject({
  maxdepth: z.number().default(0),
  maxerrors: z.number().default(0),
  remotefs: z.boolean().default(false),
  matchall: z.boolean().default(false),
  macroal: z.boolean().default(false),
  mismatch: texts.nullable().default(null),
  matchlimit: z.number().default(0),
  debug: z.string().default(''),
  returnsha256: z.boolean().default(false),
  decompress: z.boolean().default(false),
  // Ours, as are the lists below `sha3`. MIG's agents never get them (contract/rules/agent-needs.ts).
  xdev: z.boolean().default(false),
  count: z.boolean().default(false),
  maxtime: z.string().default(''),
});
export type Options = z.infer<typeof Options>;

const Search = goObject({
  description: z.string().default(''),
  paths: list,
  contents: list,
  names: list,
  sizes: list,
  modes: list,
  mtimes: list,
  md5: list,
  sha1: list,
  sha2: list,
  sha3: list,
  owners: list,
  groups: list,
  perms: list,
  ctimes: list,
  btimes: list,
  excludes: list,
  excluderegexes: list,
  options: Options.prefault({}),
});
export type Search = z.infer<typeof Search>;

export const Parameters = goObject({ searches: recordOf(Search, MAX_SEARCHES).default({}) });
export type Parameters = z.infer<typeof Parameters>;

/** The lists of a search that contain checks. */
export const FILTERS = [
  'contents',
  'names',
  'sizes',
  'modes',
  'mtimes',
  'md5',
  'sha1',
  'sha2',
  'sha3',
  'owners',
  'groups',
  'perms',
  'ctimes',
  'btimes',
] as const;
export type Filter = (typeof FILTERS)[number];

/** The name of a filter's checks in flags, in `mismatch` and in printed results. */
export const CHECK_NAME: Record<Filter, string> = {
  contents: 'content',
  names: 'name',
  sizes: 'size',
  modes: 'mode',
  mtimes: 'mtime',
  md5: 'md5',
  sha1: 'sha1',
  sha2: 'sha2',
  sha3: 'sha3',
  owners: 'owner',
  groups: 'group',
  perms: 'perm',
  ctimes: 'ctime',
  btimes: 'btime',
};

export const SIZE = /^(<|>)?[0-9]*(k|m|g|t)?$/;
export const MTIME = /^(<|>)[0-9]*(d|h|m)$/;
/** As of `find -perm`: exactly these bits, all of them (`-`), or any of them (`/`, in old versions `+`). */
export const PERM = /^(-|\/|\+)?[0-7]{1,4}$/;
/** A name or a number. No system has names with these characters. */
export const ACCOUNT = /^[^\s:/]{1,256}$/;
export const MAXTIME = /^[1-9][0-9]{0,5}(s|m|h)$/;
/** The lengths of a hash in hex digits. */
export const HASH_DIGITS: Partial<Record<Filter, readonly number[]>> = {
  md5: [32],
  sha1: [40],
  sha2: [64, 96, 128],
  sha3: [56, 64, 96, 128],
};

/** A leading `!` inverts a name or content pattern; a `!` alone is a pattern. */
export function isInverted(value: string): boolean {
  return value.startsWith('!') && value.length > 1;
}

export function withoutBang(value: string): string {
  return isInverted(value) ? value.slice(1) : value;
}
