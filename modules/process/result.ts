import type { ModuleResult } from '../../contract/command.ts';
import { goDuration } from '../../contract/go/duration.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { createResultRoom, type ResultRoom } from '../../contract/result-room.ts';
import type { Hit, Plan } from './plan.ts';
import type { Tally } from './tally.ts';

/** A process that matches. Its command line is never returned: there are secrets in command lines. */
interface Match {
  pid: number;
  name: string;
  path: string;
  user: string;
  started: string;
  /** The checks that it passed, as flags name them. */
  checks: string[];
}

interface Finished {
  plans: readonly Plan[];
  tally: Tally;
  maxBytes: number;
  startedNs: bigint;
}

export function buildResult({ plans, tally, maxBytes, startedNs }: Finished): ModuleResult {
  const room = createResultRoom(maxBytes);
  const elements = plans.map((plan): [string, Match[]] => [plan.label, matchesOf(plan, { room, tally })]);
  const totalHits = plans.reduce((sum, { hits }) => sum + hits.length, 0);
  const errors = [...tally.denials(), ...tally.limits];
  return {
    foundanything: totalHits > 0,
    success: true,
    // Not by assignment: a label may be `__proto__`.
    elements: Object.fromEntries(elements),
    statistics: {
      processcount: tally.processCount,
      totalhits: totalHits,
      exectime: goDuration(process.hrtime.bigint() - startedNs),
    },
    errors: errors.length === 0 ? null : errors,
    limits: tally.limits.length === 0 ? undefined : tally.limits,
  };
}

function matchesOf(plan: Plan, { room, tally }: { room: ResultRoom; tally: Tally }): Match[] {
  const { label, hits, isCut, search } = plan;
  if (isCut) {
    tally.limits.push(
      `search '${label}' ended at its limit of ${search.options.matchlimit} matches: there are more (see -matchlimit)`,
    );
  }
  const matches: Match[] = [];
  for (const hit of hits) {
    const match = toMatch(hit);
    if (!room.take(match)) break;
    matches.push(match);
  }
  const missing = hits.length - matches.length;
  if (missing > 0) {
    tally.limits.push(
      `${missing} of ${hits.length} matches in search '${label}' were not returned: the result has no room for them`,
    );
  }
  return matches;
}

/** How many checks a match repeats. */
const MAX_ECHOED = 20;

function toMatch({ facts, checks }: Hit): Match {
  return {
    pid: facts.pid,
    name: facts.name,
    path: facts.path,
    user: facts.user,
    started: timestampFromMillis(Math.floor(facts.startedMs / 1000) * 1000),
    checks: checks.slice(0, MAX_ECHOED).map(({ name, value }) => `${name}='${value}'`),
  };
}

/** Masks what names a program or a person. */
export function maskResult(result: ModuleResult): ModuleResult {
  const elements = Object.entries((result.elements ?? {}) as Record<string, Match[]>);
  return {
    ...result,
    elements: Object.fromEntries(
      elements.map(([label, matches]) => [
        label,
        matches.map((match) => ({ ...match, name: 'masked', path: 'masked', user: 'masked' })),
      ]),
    ),
  };
}
