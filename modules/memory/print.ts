import { z } from 'zod';
import { recordOf } from '../../contract/fields.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { CHECK_NAME, FILTERS } from './schema.ts';

/** More searches than any action can have. */
const MAX_SEARCHES = 1_000_000;

/** The printed part of a match. It is parsed, because an agent may send anything. */
const PrintedMatch = z.object({
  process: z.object({ name: z.string(), pid: z.number() }),
  search: z.record(z.string(), z.unknown()),
});
type PrintedMatch = z.infer<typeof PrintedMatch>;
const Elements = recordOf(z.array(PrintedMatch).nullable(), MAX_SEARCHES);
const Statistics = z.object({
  processcount: z.number().default(0),
  totalhits: z.number().default(0),
  failures: z.array(z.string()).default([]),
  exectime: z.string().default(''),
});

/** Formats a result as MIG does. `foundOnly` omits errors, statistics and searches without a match. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const searches = Object.entries(Elements.parse(result.elements ?? {}));
  const matches = searches.flatMap(([label, list]) => (list ?? []).map((match) => ({ label, match })));
  const shown = foundOnly ? matches.filter(({ match }) => match.process.name !== '') : matches;
  const lines = shown.map(printMatch);
  if (foundOnly) return lines;
  const { processcount, totalhits, failures, exectime } = Statistics.parse(result.statistics ?? {});
  return [
    ...lines,
    ...failures.map((failure) => `Failure: ${failure}`),
    ...(result.errors ?? []),
    `Statistics: ${processcount} processes checked, ${totalhits} matched, ${failures.length} failures, ran in ${exectime}.`,
  ];
}

/** What was found, without process ids. */
export function printStable({ elements }: ModuleResult): string[] {
  return Object.entries(Elements.parse(elements ?? {})).flatMap(([label, list]) =>
    (list ?? [])
      .filter(({ process }) => process.name !== '')
      .map(({ process, search }) => `${process.name} in search '${label}'${printChecks(search)}`),
  );
}

function printMatch({ label, match: { process, search } }: { label: string; match: PrintedMatch }): string {
  const what = process.name === '' ? '0 match found' : `${process.name} [pid:${process.pid}]`;
  return `${what} in search '${label}'${printChecks(search)}`;
}

/** In matchany, prints the one check of the match. */
function printChecks(search: PrintedMatch['search']): string {
  if ((search.options as { matchall?: boolean } | undefined)?.matchall) return '';
  const checks = FILTERS.flatMap((filter) =>
    ((search[filter] as string[] | undefined) ?? []).map((value) => ` ${CHECK_NAME[filter]}='${value}'`),
  );
  return ` on checks${checks.join('')}`;
}
