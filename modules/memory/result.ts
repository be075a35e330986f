import { goDuration } from '../../contract/go/duration.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { createResultRoom, fitTexts, type ResultRoom } from '../../contract/result-room.ts';
import type { RunTerms } from '../module.ts';
import type { Check, Plan, ProcessName } from './plan.ts';
import { FILTERS } from './schema.ts';
import { createTally, type Tally } from './tally.ts';

/** One match as MIG writes it; the process is empty when nothing matched. */
interface Match {
  process: ProcessName;
  search: Record<string, unknown>;
}

const NO_PROCESS = { name: '', pid: 0 };

interface Finished {
  plans: readonly Plan[];
  tally: Tally;
  terms: RunTerms;
  startedNs: bigint;
}

/** Builds the result of a run (spec/modules/memory.md#result). */
export function buildResult({ plans, tally, terms, startedNs }: Finished): ModuleResult {
  const room = createResultRoom(terms.maxBytes);
  const elements = plans.map(({ label, ...plan }): [string, Match[] | null] => {
    const matches = matchesOf(plan);
    return [label, matches === null ? null : fitMatches(matches, { label, room, tally })];
  });
  const totalHits = plans.reduce((sum, plan) => sum + hitsOf(plan), 0);
  const failures = fitTexts(tally.failures, terms.maxBytes);
  // MIG's own programs find these facts among the failures, and compare results by the keys that they know.
  const errors = terms.asMig ? tally.limits : [...deniedError(tally), ...tally.limits];
  return {
    foundanything: totalHits > 0,
    success: true,
    // Not by assignment: a label may be `__proto__`.
    elements: Object.fromEntries(elements),
    statistics: {
      ...statisticsOf(tally, totalHits),
      ...(failures.length > 0 && { failures }),
      exectime: goDuration(process.hrtime.bigint() - startedNs),
    },
    errors: errors.length === 0 ? null : errors,
    limits: tally.limits.length === 0 || terms.asMig ? undefined : tally.limits,
  };
}

export function failedResult(error: string): ModuleResult {
  return {
    foundanything: false,
    success: false,
    elements: {},
    statistics: { ...statisticsOf(createTally(), 0), exectime: '' },
    errors: [error],
  };
}

function statisticsOf({ processCount, memoryRead }: Tally, totalHits: number) {
  return { processcount: processCount, memoryread: memoryRead, totalhits: totalHits };
}

function deniedError({ denied, processCount }: Tally): string[] {
  if (denied === 0) return [];
  return [
    `the system denied access to the memory of ${denied} of ${denied + processCount} processes: the agent needs CAP_SYS_PTRACE, and kernel.yama.ptrace_scope below 3`,
  ];
}

function hitsOf({ search, matches, checks }: Plan): number {
  if (search.options.matchall) return matches.length;
  return checks.reduce((sum, check) => sum + check.matches.length, 0);
}

function matchesOf({ search, checks, matches }: Omit<Plan, 'label'>): Match[] | null {
  if (!search.options.matchall) {
    return checks.length === 0 ? null : checks.flatMap(matchesOfCheck);
  }
  const echo = echoSearch(search);
  return (matches.length === 0 ? [NO_PROCESS] : matches).map((process) => ({ process, search: echo }));
}

function matchesOfCheck({ filter, value, matches }: Check): Match[] {
  const search = { [filter]: [value], options: {} };
  return (matches.length === 0 ? [NO_PROCESS] : matches).map((process) => ({ process, search }));
}

/** Repeats a search in its matches. JSON omits undefined fields. */
function echoSearch(search: Plan['search']): Record<string, unknown> {
  const { description, options } = search;
  return {
    description: description || undefined,
    ...Object.fromEntries(
      FILTERS.flatMap((filter) => (search[filter]?.length ? [[filter, search[filter]]] : [])),
    ),
    options: { matchall: options.matchall || undefined, logfailures: options.logfailures || undefined },
  };
}

function fitMatches(
  matches: Match[],
  { label, room, tally }: { label: string; room: ResultRoom; tally: Tally },
): Match[] {
  const end = matches.findIndex((match) => !room.take(match));
  if (end < 0) return matches;
  tally.limits.push(
    `${matches.length - end} of ${matches.length} matches in search '${label}' were not returned: the result has no room for them`,
  );
  return matches.slice(0, end);
}
