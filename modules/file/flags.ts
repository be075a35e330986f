import { z } from 'zod';
import { texts } from '../../contract/fields.ts';
import type { ParsedFlags } from '../../contract/go/flags.ts';
import { option } from '../option.ts';

/** The repeatable flags, each with its field of the search, in MIG's order of fields, then ours. */
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
  owner: 'owners',
  group: 'groups',
  perm: 'perms',
  ctime: 'ctimes',
  btime: 'btimes',
  exclude: 'excludes',
  excluderegex: 'excluderegexes',
} as const;

/** The flags of one search, with their texts. */
export const Flags = z.object({
  path: texts
    .optional()
    .register(option, { flag: 'path', value: 'path', text: 'search root, required', example: '/etc' }),
  name: texts.optional().register(option, {
    flag: 'name',
    value: 'regex',
    text: 'file name, ! in front inverts',
    example: '^passwd$',
  }),
  size: texts.optional().register(option, {
    flag: 'size',
    value: 'size',
    text: 'exact, <N at most, >N at least; units k m g t',
    example: '>10k',
  }),
  mode: texts.optional().register(option, {
    flag: 'mode',
    value: 'regex',
    text: 'mode as ls shows it; where setuid or setgid is set, it begins with u or g',
    example: '^-.{6}rw',
  }),
  mtime: texts.optional().register(option, {
    flag: 'mtime',
    value: 'period',
    text: '<P changed within, >P before; units d h m',
    example: '<30d',
  }),
  content: texts.optional().register(option, {
    flag: 'content',
    value: 'regex',
    text: 'some line matches, ! in front inverts',
    example: '^root:',
  }),
  md5: texts.optional().register(option, { flag: 'md5', value: 'hex', text: 'MD5 of the content' }),
  sha1: texts.optional().register(option, { flag: 'sha1', value: 'hex', text: 'SHA-1 of the content' }),
  sha2: texts
    .optional()
    .register(option, { flag: 'sha2', value: 'hex', text: 'SHA-256, SHA-384 or SHA-512 of the content' }),
  sha3: texts.optional().register(option, { flag: 'sha3', value: 'hex', text: 'SHA-3 of the content' }),
  owner: texts.optional().register(option, {
    flag: 'owner',
    value: 'user',
    text: 'name in /etc/passwd, or number',
    example: 'root',
  }),
  group: texts
    .optional()
    .register(option, { flag: 'group', value: 'group', text: 'name in /etc/group, or number' }),
  perm: texts.optional().register(option, {
    flag: 'perm',
    value: 'octal',
    text: 'exactly these bits, -N all of them, /N any of them',
    example: '-4000',
  }),
  ctime: texts.optional().register(option, {
    flag: 'ctime',
    value: 'period',
    text: 'as -mtime, for the last change of content, owner, permissions or name',
  }),
  btime: texts.optional().register(option, {
    flag: 'btime',
    value: 'period',
    text: 'as -mtime, for the birth of the file, which some file systems do not record',
  }),
  exclude: texts.optional().register(option, {
    flag: 'exclude',
    value: 'path',
    text: 'leave out this file or folder, and what is below it',
    example: '/proc',
  }),
  excluderegex: texts.optional().register(option, {
    flag: 'excluderegex',
    value: 'regex',
    text: 'leave out files and folders whose whole path matches, and what is below them',
    example: String.raw`/\.git$`,
  }),
  mismatch: texts.optional().register(option, {
    flag: 'mismatch',
    value: 'filter',
    text: 'invert a filter: name size mode mtime content md5 sha1 sha2 sha3 owner group perm ctime btime',
  }),
  matchall: z.boolean().register(option, { flag: 'matchall', text: 'all checks on the same file (default)' }),
  matchany: z.boolean().register(option, { flag: 'matchany', text: 'each check stands alone' }),
  macroal: z
    .boolean()
    .register(option, { flag: 'macroal', text: 'every line must pass every content check' }),
  maxdepth: z.number().register(option, {
    flag: 'maxdepth',
    value: 'n',
    text: 'levels below the path (default 1000, 0 = all)',
  }),
  matchlimit: z.number().register(option, {
    flag: 'matchlimit',
    value: 'n',
    text: 'stop a search after that many matches (default 1000, 0 = none: at 200,000 of all searches)',
  }),
  maxerrors: z
    .number()
    .register(option, { flag: 'maxerrors', value: 'n', text: 'errors returned (default 30, 0 = all)' }),
  returnsha256: z.boolean().register(option, {
    flag: 'returnsha256',
    text: 'add the SHA-256 of each match (with -matchall, the default)',
  }),
  decompress: z
    .boolean()
    .register(option, { flag: 'decompress', text: 'look into gzip files, for all searches of the action' }),
  xdev: z
    .boolean()
    .register(option, { flag: 'xdev', text: 'do not enter other file systems than that of the path' }),
  count: z.boolean().register(option, {
    flag: 'count',
    text: 'return only the number of matches: no name leaves the endpoint (then -matchlimit is 0 by default)',
  }),
  maxtime: z.string().register(option, {
    flag: 'maxtime',
    value: 'period',
    text: 'end the search after this time with what it has; units s m h',
    example: '30s',
  }),
  verbose: z.boolean().register(option, { flag: 'verbose', text: 'accepted for MIG, changes nothing' }),
});

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
    matchlimit: values.matchlimit ?? (values.count ? 0 : 1000),
    ...(values.returnsha256 ? { returnsha256: true } : {}),
    ...(values.decompress ? { decompress: true } : {}),
    ...(values.xdev ? { xdev: true } : {}),
    ...(values.count ? { count: true } : {}),
    ...(values.maxtime ? { maxtime: values.maxtime } : {}),
  };
}
