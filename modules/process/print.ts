import { z } from 'zod';
import { recordOf } from '../../contract/fields.ts';
import type { ModuleResult } from '../../contract/module-result.ts';

/** More searches than any action can have. */
const MAX_SEARCHES = 1_000_000;

/** It is parsed, because an agent may send anything. */
const Elements = recordOf(
  z.array(
    z.object({
      pid: z.number(),
      name: z.string(),
      path: z.string(),
      user: z.string(),
      started: z.string(),
      checks: z.array(z.string()),
    }),
  ),
  MAX_SEARCHES,
);
const Statistics = z.object({
  processcount: z.number().default(0),
  totalhits: z.number().default(0),
  exectime: z.string().default(''),
});

/** One line for each match. `foundOnly` omits errors, statistics and searches without a match. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const searches = Object.entries(Elements.parse(result.elements ?? {}));
  const lines = searches.flatMap(([label, matches]) => {
    if (matches.length === 0) return foundOnly ? [] : [`0 match found in search '${label}'`];
    return matches.map(
      ({ pid, name, path, user, started, checks }) =>
        `${path === '' ? name : path} [pid:${pid}, name:${name}, user:${user}, started:${started}] in search '${label}' on checks ${checks.join(' ')}`,
    );
  });
  if (foundOnly) return lines;
  const { processcount, totalhits, exectime } = Statistics.parse(result.statistics ?? {});
  return [
    ...lines,
    ...(result.errors ?? []),
    `Statistics: ${processcount} processes checked, ${totalhits} matched, ran in ${exectime}.`,
  ];
}

/** What was found, without process ids and the times of their start. */
export function printStable({ elements }: ModuleResult): string[] {
  return Object.entries(Elements.parse(elements ?? {})).flatMap(([label, matches]) =>
    matches.map(
      ({ name, path, user, checks }) =>
        `${path === '' ? name : path} [name:${name}, user:${user}] in search '${label}' on checks ${checks.join(' ')}`,
    ),
  );
}
