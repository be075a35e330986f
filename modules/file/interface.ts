import { z } from 'zod';
import type { ModuleResult } from '../../contract/command.ts';
import { MigError } from '../../contract/errors.ts';
import { describeIssues, recordOf } from '../../contract/fields.ts';
import { type FlagKind, parseGoFlags } from '../../contract/go/flags.ts';
import type { ModuleInterface } from '../module.ts';
import { findExcess } from './parameters/excess.ts';
import { findFlagMistake } from './parameters/flag-mistakes.ts';
import { findMistake } from './parameters/mistakes.ts';
import { Parameters } from './parameters/schema.ts';
import { findProblem, findProblemInSteps } from './parameters/validate.ts';

const LISTS = {
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

const FLAGS: Record<string, FlagKind> = {
  ...Object.fromEntries(Object.keys(LISTS).map((flag) => [flag, 'list' as const])),
  mismatch: 'list',
  ...({ maxdepth: 'number', maxerrors: 'number', matchlimit: 'number' } as const),
  ...({ matchall: 'boolean', matchany: 'boolean', macroal: 'boolean', returnsha256: 'boolean' } as const),
  ...({ decompress: 'boolean', verbose: 'boolean' } as const),
};

export const fileInterface: ModuleInterface = {
  name: 'file',
  summary: 'search the file system by name, size, mode, time, content and hash',
  help: `Flags of the file module. A file matches when it passes every check (see -matchany);
folders are searched, and are no matches themselves.

  -path <s>       search root, repeatable, required          -path /etc
  -name <regex>   file name, ! in front inverts              -name '^passwd$'
  -size <s>       exact, <N at most, >N at least; k m g t    -size '>10k'
  -mode <regex>   mode as ls shows it; where setuid or       -mode '^-.{6}rw'
                  setgid is set, it begins with u or g
  -mtime <s>      <P changed within, >P before; d h m        -mtime '<30d'
  -content <regex>  some line matches, ! in front inverts    -content '^root:'
  -md5, -sha1, -sha2, -sha3 <hex>   hash of the content; -sha2 takes SHA-256, SHA-384 and SHA-512
  -mismatch <f>   invert a filter: name size mode mtime content md5 sha1 sha2 sha3
  -matchall       all checks on the same file (default)
  -matchany       each check stands alone
  -macroal        every line must pass every content check
  -maxdepth <n>   levels below the path (default 1000, 0 = all)
  -matchlimit <n> stop a search after that many matches (default 1000, 0 = none: at 200,000 of all searches)
  -maxerrors <n>  errors returned (default 30, 0 = all)
  -returnsha256   add the SHA-256 of each match (with -matchall, the default)
  -decompress     look into gzip files, for all searches of the action

Regular expressions use RE2 syntax. A search of / enters /proc and /sys, too, where many files give errors or take long:
name the folders that are meant, each with a -path of its own.

What is missing from the answer is said among its errors: -matchlimit, 200,000 matches of all searches, -maxerrors, a
-maxdepth of 1000 or more, matches of more than some 2 MB, and the time: the search ends a little before its module
timeout or the expiry of its action, files over 1 GB last. Of a line over 1 MB a match of up to 64 kB is found; where a
longer one may be missing that is said. Of a list of values or of checks without a match 100 are repeated.`,

  flags: FLAGS,
  schema: Parameters,

  checkParameters(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    return parsed.success ? findProblem(parsed.data) : describeIssues(parsed.error);
  },

  *checkParametersInSteps(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    if (!parsed.success) return describeIssues(parsed.error);
    return findExcess(parsed.data) ?? (yield* findProblemInSteps(parsed.data));
  },

  parseFlags(args) {
    if (args.length === 0 || args[0] === '' || args[0] === 'help') return undefined;
    const { values } = parseGoFlags(args, FLAGS);
    const search = {
      ...Object.fromEntries(
        Object.entries(LISTS).flatMap(([flag, field]) => (values[flag] ? [[field, values[flag]]] : [])),
      ),
      options: {
        maxdepth: values.maxdepth ?? 1000,
        maxerrors: values.maxerrors ?? 30,
        matchall: values.matchany === true ? false : (values.matchall ?? true),
        macroal: values.macroal ?? false,
        mismatch: values.mismatch ?? null,
        matchlimit: values.matchlimit ?? 1000,
        ...(values.returnsha256 ? { returnsha256: true } : {}),
        ...(values.decompress ? { decompress: true } : {}),
      },
    };
    const parameters = { searches: { s1: search } };
    const problem = fileInterface.checkParameters(parameters);
    if (problem !== undefined) throw new MigError('usage', problem);
    return parameters;
  },

  findFlagMistake,

  findMistake(parameters) {
    const parsed = Parameters.safeParse(parameters ?? {});
    return parsed.success ? findMistake(parsed.data) : describeIssues(parsed.error);
  },

  print(result, { foundOnly }) {
    const lines = Object.entries(Elements.parse(result.elements ?? {})).flatMap(([label, matches]) =>
      (matches ?? []).flatMap((match) => printMatch(label, match, foundOnly)),
    );
    if (foundOnly) return lines;
    return [...lines, ...(result.errors ?? []), printStatistics(result)];
  },
};

/** More than any action can ask for. */
const MAX_SEARCHES = 1_000_000;

/** What is printed of a result; an agent may send anything. */
const Elements = recordOf(
  z
    .array(
      z.object({
        file: z.string(),
        search: z.record(z.string(), z.unknown()),
        fileinfo: z.object({
          size: z.number(),
          mode: z.string(),
          lastmodified: z.string(),
          sha256: z.string().optional(),
        }),
      }),
    )
    .nullable(),
  MAX_SEARCHES,
);
type Printed = NonNullable<z.infer<typeof Elements>[string]>[number];

function printMatch(label: string, { file, search, fileinfo }: Printed, foundOnly: boolean): string[] {
  if (file === '' && foundOnly) return [];
  const hash = fileinfo.sha256 === undefined ? '' : `, sha256:${fileinfo.sha256.toLowerCase()}`;
  const { lastmodified, mode, size } = fileinfo;
  const what =
    file === ''
      ? '0 match found'
      : `${file} [lastmodified:${lastmodified}, mode:${mode}, size:${size}${hash}]`;
  return [`${what} in search '${label}'${printChecks(search)}`];
}

/** In matchany, the one check that this match is about. */
function printChecks(search: Printed['search']): string {
  if ((search.options as { matchall?: boolean } | undefined)?.matchall) return '';
  const checks = Object.entries(LISTS)
    .filter(([, field]) => field !== 'paths')
    .flatMap(([name, field]) =>
      ((search[field] as string[] | undefined) ?? []).map((value) => ` ${name}='${value}'`),
    );
  return ` on checks${checks.join('')}`;
}

function printStatistics({ statistics }: ModuleResult): string {
  const s = (statistics ?? {}) as {
    filescount?: number;
    openfailed?: number;
    totalhits?: number;
    exectime?: string;
  };
  return `Statistics: ${s.filescount ?? 0} files checked, ${s.openfailed ?? 0} failed to open, ${s.totalhits ?? 0} matched, ran in ${s.exectime ?? ''}.`;
}
