import { z } from 'zod';
import { recordOf } from '../../contract/fields.ts';
import type { ModuleResult } from '../../contract/module-result.ts';

/** More searches than any action can have. */
const MAX_SEARCHES = 1_000_000;

/** It is parsed, because an agent may send anything. */
const PrintedMatch = z.object({
  kind: z.string(),
  name: z.string(),
  path: z.string(),
  user: z.string(),
  enabled: z.boolean(),
  mtime: z.string(),
  sha256: z.string(),
  checks: z.array(z.string()),
});
const Elements = recordOf(z.array(PrintedMatch), MAX_SEARCHES);
const Statistics = z.object({
  itemcount: z.number().default(0),
  totalhits: z.number().default(0),
  exectime: z.string().default(''),
});

/** One line for each match. `foundOnly` omits errors, statistics and searches without a match. */
export function printResult(result: ModuleResult, { foundOnly }: { foundOnly: boolean }): string[] {
  const searches = Object.entries(Elements.parse(result.elements ?? {}));
  const lines = searches.flatMap(([label, matches]) => {
    if (matches.length === 0) return foundOnly ? [] : [`0 match found in search '${label}'`];
    return matches.map(
      (match) => `${printMatch(match)} in search '${label}' on checks ${match.checks.join(' ')}`,
    );
  });
  if (foundOnly) return lines;
  const { itemcount, totalhits, exectime } = Statistics.parse(result.statistics ?? {});
  return [
    ...lines,
    ...(result.errors ?? []),
    `Statistics: ${itemcount} items checked, ${totalhits} matched, ran in ${exectime}.`,
  ];
}

/** What was found, without the times of the last change. */
export function printStable({ elements }: ModuleResult): string[] {
  return Object.entries(Elements.parse(elements ?? {})).flatMap(([label, matches]) =>
    matches.map(
      (match) =>
        `${printMatch({ ...match, mtime: '' })} in search '${label}' on checks ${match.checks.join(' ')}`,
    ),
  );
}

function printMatch({
  kind,
  name,
  path,
  user,
  enabled,
  mtime,
  sha256,
}: z.infer<typeof PrintedMatch>): string {
  const facts = [
    `user:${user}`,
    enabled ? 'enabled' : 'not enabled',
    ...(mtime === '' ? [] : [`mtime:${mtime}`]),
    ...(sha256 === '' ? [] : [`sha256:${sha256}`]),
  ];
  return `${kind} ${name} ${path} [${facts.join(', ')}]`;
}
