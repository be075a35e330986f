import { posix } from 'node:path';
import { toDisplayPath } from '../../../platform/machine/directory/system-path.ts';
import type { Check } from '../plan/check.ts';
import type { Plan } from '../plan/plan.ts';
import { echoCheck, echoSearch, MAX_ECHOED } from './echo.ts';
import { type Match, NO_FILE_INFO } from './match.ts';
import { MatchList, type MatchListDeps } from './match-list.ts';

/** The matches of a search: per file in matchall, per check and file in matchany; null for a search without checks. */
export async function buildMatches(plan: Plan, deps: MatchListDeps): Promise<Match[] | null> {
  const { matchall, returnsha256, count } = plan.search.options;
  if (!matchall && plan.checks.length === 0) return null;
  const list = new MatchList(deps, { withSha256: returnsha256 && matchall });
  if (count) addCounts(plan, list);
  else if (matchall) await addMatchesOfSearch(plan, list);
  else await addMatchesOfChecks(plan, list);
  return list.finish(plan.label);
}

/** One entry for the search, or for each check, in place of its files. */
function addCounts(plan: Plan, list: MatchList): void {
  const { matches, checks, paths, search } = plan;
  const add = (echo: Match['search'], count: number) =>
    list.addEntry({ file: '', search: echo, fileinfo: NO_FILE_INFO, count });
  if (search.options.matchall) add(echoSearch(plan), matches.size);
  else for (const check of checks) add(echoCheck(check, paths), check.matches.size);
}

async function addMatchesOfSearch(plan: Plan, list: MatchList): Promise<void> {
  const echo = echoSearch(plan);
  if (plan.matches.size === 0) list.add({ file: '', search: echo, fileinfo: NO_FILE_INFO });
  for (const file of plan.matches) await list.addFile(file, echo);
}

async function addMatchesOfChecks({ checks, paths }: Plan, list: MatchList): Promise<void> {
  let withoutMatch = 0;
  for (const check of checks) {
    await addMatchesOfCheck(check, list);
    if (check.matches.size === 0 && ++withoutMatch <= MAX_ECHOED) {
      list.add({ file: '', search: echoCheck(check, paths), fileinfo: NO_FILE_INFO });
    }
  }
}

async function addMatchesOfCheck(check: Check, list: MatchList): Promise<void> {
  // Files of one directory share the echo, which saves memory.
  const echoes = new Map<string, Match['search']>();
  for (const file of check.matches) {
    const directory = posix.dirname(toDisplayPath(file));
    const echo = echoes.get(directory) ?? echoCheck(check, [directory]);
    echoes.set(directory, echo);
    await list.addFile(file, echo);
  }
}
