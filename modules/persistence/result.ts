import type { ModuleResult } from '../../contract/command.ts';
import { goDuration } from '../../contract/go/duration.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { createResultRoom, type ResultRoom } from '../../contract/result-room.ts';
import type { Hit, Plan } from './plan.ts';

/** Something that starts by itself and matches. What it starts is never returned. */
interface Match {
  kind: string;
  name: string;
  path: string;
  user: string;
  enabled: boolean;
  /** Empty for what the kernel reports. */
  mtime: string;
  sha256: string;
  /** The checks that it passed, as flags name them. */
  checks: string[];
}

interface Finished {
  plans: readonly Plan[];
  itemCount: number;
  denials: readonly string[];
  limits: string[];
  maxBytes: number;
  startedNs: bigint;
}

export function buildResult(finished: Finished): ModuleResult {
  const { plans, itemCount, denials, limits, maxBytes, startedNs } = finished;
  const room = createResultRoom(maxBytes);
  const elements = plans.map((plan): [string, Match[]] => [plan.label, matchesOf(plan, { room, limits })]);
  const totalHits = plans.reduce((sum, { hits }) => sum + hits.length, 0);
  const errors = [...denials, ...limits];
  return {
    foundanything: totalHits > 0,
    success: true,
    // Not by assignment: a label may be `__proto__`.
    elements: Object.fromEntries(elements),
    statistics: {
      itemcount: itemCount,
      totalhits: totalHits,
      exectime: goDuration(process.hrtime.bigint() - startedNs),
    },
    errors: errors.length === 0 ? null : errors,
    limits: limits.length === 0 ? undefined : limits,
  };
}

function matchesOf(plan: Plan, { room, limits }: { room: ResultRoom; limits: string[] }): Match[] {
  const { label, hits, isCut, search } = plan;
  if (isCut) {
    limits.push(
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
    limits.push(
      `${missing} of ${hits.length} matches in search '${label}' were not returned: the result has no room for them`,
    );
  }
  return matches;
}

/** How many checks a match repeats. */
const MAX_ECHOED = 20;

function toMatch({ entry, checks }: Hit): Match {
  const { kind, name, path, user, isEnabled, mtimeMs } = entry;
  return {
    kind,
    name,
    path,
    user,
    enabled: isEnabled,
    mtime: mtimeMs === undefined ? '' : timestampFromMillis(Math.floor(mtimeMs / 1000) * 1000),
    sha256: entry.sha256(),
    checks: checks.slice(0, MAX_ECHOED).map(({ name: check, value }) => `${check}='${value}'`),
  };
}

/** Masks what names a file, a program or a person. */
export function maskResult(result: ModuleResult): ModuleResult {
  const elements = Object.entries((result.elements ?? {}) as Record<string, Match[]>);
  const { limits = [] } = result;
  return {
    ...result,
    elements: Object.fromEntries(
      elements.map(([label, matches]) => [
        label,
        matches.map((match) => ({ ...match, name: 'masked', path: 'masked', user: 'masked' })),
      ]),
    ),
    errors: result.errors === null ? null : result.errors.map(maskPath),
    limits: limits.length === 0 ? undefined : limits.map(maskPath),
  };
}

/** A path may contain anything. It is the end of its sentence, but for that of a search whose time was over. */
function maskPath(text: string): string {
  return text.replace(/(?:\/|HKEY_).*?(: nothing after it was searched)?$/s, 'masked$1');
}
