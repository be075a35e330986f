import type { ModuleResult } from '../../contract/command.ts';
import { timestampFromMillis } from '../../contract/go/time.ts';
import { buildSearchResult, maskMatches } from '../search-plan.ts';
import type { Hit, Plan } from './plan.ts';

interface Finished {
  plans: readonly Plan[];
  itemCount: number;
  denials: readonly string[];
  limits: string[];
  maxBytes: number;
  startedNs: bigint;
}

export function buildResult({ itemCount, denials, ...finished }: Finished): ModuleResult {
  return buildSearchResult({
    ...finished,
    factsOf,
    denials: () => denials,
    counts: { itemcount: itemCount },
  });
}

/** What an entry starts is never returned. */
function factsOf({ entry }: Hit) {
  const { kind, name, path, user, isEnabled, mtimeMs } = entry;
  return {
    kind,
    name,
    path,
    user,
    enabled: isEnabled,
    // Empty for what the kernel reports.
    mtime: mtimeMs === undefined ? '' : timestampFromMillis(Math.floor(mtimeMs / 1000) * 1000),
    sha256: entry.sha256(),
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
