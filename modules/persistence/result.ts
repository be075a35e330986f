import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { type RunClock, TimeIsOverError } from '../../platform/async/run-clock.ts';
import { buildSearchResult, maskMatches } from '../search-plan.ts';
import type { Hit, Plan } from './plan.ts';

interface Finished {
  plans: readonly Plan[];
  itemCount: number;
  denials: readonly string[];
  limits: string[];
  clock: RunClock;
  maxBytes: number;
  startedNs: bigint;
}

export function buildResult({ itemCount, denials, clock, ...finished }: Finished): ModuleResult {
  const sha256Of = createHashes(clock, finished.limits);
  return buildSearchResult({
    ...finished,
    factsOf: ({ entry }) => ({ ...factsOf(entry), sha256: sha256Of(entry) }),
    denials: () => denials,
    counts: { itemcount: itemCount },
  });
}

/** What an entry starts is never returned. */
function factsOf({ kind, name, path, user, isEnabled, mtimeMs }: Hit['entry']) {
  return {
    kind,
    name,
    path,
    user,
    enabled: isEnabled,
    // Empty for what the kernel reports.
    mtime: mtimeMs === undefined ? '' : timestampFromMillis(Math.floor(mtimeMs / 1000) * 1000),
  };
}

/** Hashes are computed until the time is over: many large files of one user must not cost the whole result. */
function createHashes(clock: RunClock, limits: string[]): (entry: Hit['entry']) => string {
  let isOver = false;
  return (entry) => {
    if (isOver) return '';
    try {
      return entry.sha256(clock);
    } catch (error) {
      if (!(error instanceof TimeIsOverError)) throw error;
      isOver = true;
      limits.push(`the time was over before all matches were hashed: no sha256 as of ${entry.path}`);
      return '';
    }
  };
}

/** Masks what names a file, a program or a person, also in texts. */
export function maskResult(result: ModuleResult): ModuleResult {
  const { errors, limits = [] } = result;
  return {
    ...maskMatches(result),
    errors: errors === null ? null : errors.map(maskPath),
    limits: limits.length === 0 ? undefined : limits.map(maskPath),
  };
}

/** A path may contain anything. It is the end of its sentence, but for that of a search whose time was over. */
function maskPath(text: string): string {
  return text.replace(/(?:\/|HKEY_).*?(: nothing after it was searched)?$/s, 'masked$1');
}
