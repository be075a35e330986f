import { z } from 'zod';
import { type Check, parseCheck } from '../../../contract/compliance.ts';

/** What the checks ask about, which the changed systems change. */
export interface Subjects {
  /** Files whose mode, owner or group is asked for. */
  files: string[];
  /** Folders of such files. */
  folders: string[];
  sysctls: string[];
  sshd: string[];
  packages: string[];
  mountPoints: string[];
}

const Search = z.object({
  paths: z.array(z.string()).default([]),
  names: z.array(z.string()).default([]),
  contents: z.array(z.string()).default([]),
  perms: z.unknown().optional(),
  owners: z.unknown().optional(),
  groups: z.unknown().optional(),
  options: z.object({ maxdepth: z.number().optional() }).default({}),
});
const Parameters = z.object({
  searches: z.record(z.string(), Search).default({}),
  pkgmatch: z.object({ matches: z.array(z.string()) }).default({ matches: [] }),
});

/** Collects them from the texts of the checks. */
export function subjectsOf(checks: readonly string[]): Subjects {
  const parameters = checks
    .map((text): Check => parseCheck(text))
    .flatMap(({ action }) => action.operations.map((operation) => Parameters.parse(operation.parameters)));
  const searches = parameters.flatMap((one) => Object.values(one.searches));
  const weak = searches.filter(({ perms, owners, groups }) => perms ?? owners ?? groups);
  const pathsOf = (isWanted: (search: z.infer<typeof Search>) => boolean) =>
    weak.filter(isWanted).flatMap(({ paths }) => paths);
  const contents = searches.flatMap((one) => one.contents);
  return {
    files: unique(pathsOf((search) => !isOfFolder(search))),
    folders: unique(pathsOf(({ options }) => options.maxdepth !== undefined)),
    sysctls: unique(searches.flatMap(({ paths }) => paths.flatMap((path) => sysctlOf(path)))),
    sshd: unique(contents.flatMap((content) => /^\^\[ \\t\]\*\(\?i:(\w+)\)/.exec(content)?.slice(1) ?? [])),
    packages: unique(
      parameters.flatMap(({ pkgmatch }) =>
        pkgmatch.matches.map((one) => one.replaceAll(/^\^|\(:\|\$\)$|\\/g, '')),
      ),
    ),
    mountPoints: unique(contents.flatMap((content) => /\^\\S\+ (\/[\w/]+) /.exec(content)?.slice(1) ?? [])),
  };
}

/** A path that is a file is asked for by any name. */
function isOfFolder({ names }: z.infer<typeof Search>): boolean {
  return names.some((name) => name !== '.');
}

function sysctlOf(path: string): string[] {
  return path.startsWith('/proc/sys/') ? [path.slice('/proc/sys/'.length).replaceAll('/', '.')] : [];
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}

/** Whether a check reads a folder with all of its folders. */
export function readsTree(text: string): boolean {
  const { action } = parseCheck(text);
  const searches = action.operations.flatMap(({ parameters }) =>
    Object.values(Parameters.parse(parameters).searches),
  );
  return searches.some((search) => isOfFolder(search) && search.options.maxdepth === undefined);
}
