import { z } from 'zod';
import { recordOf } from '../../contract/fields.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { countOf } from '../../contract/text/count-of.ts';
import { LIST_FIELDS } from './flags.ts';

/** More searches than any action can have. */
const MAX_SEARCHES = 1_000_000;

/** The printed part of a match. It is parsed, because an agent may send anything. */
const PrintedMatch = z.object({
  file: z.string(),
  search: z.record(z.string(), z.unknown()),
  fileinfo: z.object({
    size: z.number(),
    mode: z.string(),
    lastmodified: z.string(),
    sha256: z.string().optional(),
  }),
  count: z.number().optional(),
});
type PrintedMatch = z.infer<typeof PrintedMatch>;
const Elements = recordOf(z.array(PrintedMatch).nullable(), MAX_SEARCHES);

/** Formats a result as MIG does. `foundOnly` omits errors, statistics and searches without a match. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const searches = Object.entries(Elements.parse(result.elements ?? {}));
  const matches = searches.flatMap(([label, list]) => (list ?? []).map((match) => ({ label, match })));
  if (foundOnly)
    return matches.filter(({ match }) => match.file !== '' || (match.count ?? 0) > 0).map(printMatch);
  return [...matches.map(printMatch), ...(result.errors ?? []), printStatistics(result)];
}

/** What was found, without the times of the last change: equal files were written at different times. */
export function printStable({ elements }: ModuleResult): string[] {
  return Object.entries(Elements.parse(elements ?? {})).flatMap(([label, list]) =>
    (list ?? [])
      .filter(({ file, count }) => file !== '' || (count ?? 0) > 0)
      .map((match) => `${printStableFile(match)} in search '${label}'${printChecks(match.search)}`),
  );
}

function printStableFile({ file, fileinfo: { mode, size, sha256 }, count }: PrintedMatch): string {
  if (count !== undefined) return `${countOf(count, 'file')} counted`;
  return `${file} [mode:${mode}, size:${size}${printHash(sha256)}]`;
}

function printMatch({ label, match }: { label: string; match: PrintedMatch }): string {
  return `${printFile(match)} in search '${label}'${printChecks(match.search)}`;
}

function printFile({ file, fileinfo, count }: PrintedMatch): string {
  if (count !== undefined) return `${countOf(count, 'file')} counted`;
  if (file === '') return '0 match found';
  const { lastmodified, mode, size, sha256 } = fileinfo;
  return `${file} [lastmodified:${lastmodified}, mode:${mode}, size:${size}${printHash(sha256)}]`;
}

function printHash(sha256: string | undefined): string {
  return sha256 === undefined ? '' : `, sha256:${sha256.toLowerCase()}`;
}

/** In matchany, prints the one check of the match. */
function printChecks(search: PrintedMatch['search']): string {
  if ((search.options as { matchall?: boolean } | undefined)?.matchall) return '';
  const checks = Object.entries(LIST_FIELDS)
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
