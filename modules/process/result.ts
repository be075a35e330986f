import { timestampFromMillis } from '../../contract/go/time.ts';
import type { ModuleResult } from '../../contract/module-result.ts';
import { buildSearchResult } from '../search-plan.ts';
import type { Hit, Plan } from './plan.ts';
import type { Tally } from './tally.ts';

interface Finished {
  plans: readonly Plan[];
  tally: Tally;
  maxBytes: number;
  startedNs: bigint;
}

export function buildResult({ tally, ...finished }: Finished): ModuleResult {
  const { denials, limits, processCount } = tally;
  return buildSearchResult({ ...finished, factsOf, denials, limits, counts: { processcount: processCount } });
}

/** The command line of a process is never returned: there are secrets in command lines. */
function factsOf({ facts: { pid, name, path, user, startedMs } }: Hit) {
  return { pid, name, path, user, started: timestampFromMillis(Math.floor(startedMs / 1000) * 1000) };
}
