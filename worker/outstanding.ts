import type { ActivityDeps } from '../activities/create-activities.ts';
import { errorMessage } from '../contract/errors.ts';

/** Publishes what endpoints still miss that just sent a heartbeat. */
export interface Outstanding {
  publishTo(queuelocs: readonly string[]): void;
}

/** More wait for nobody: their next heartbeat comes. */
const MAX_WAITING = 100_000;

/**
 * One round at a time: while the relay takes no commands, the endpoints that are heard of meanwhile become the next round.
 */
export function createOutstanding(
  deps: ActivityDeps,
  {
    what,
    publish: publishRound,
  }: { what: string; publish: (deps: ActivityDeps, queuelocs: readonly string[]) => Promise<unknown> },
): Outstanding {
  const waiting = new Set<string>();
  let isPublishing = false;
  const publish = async () => {
    isPublishing = true;
    while (waiting.size > 0) {
      const queuelocs = [...waiting];
      waiting.clear();
      try {
        await publishRound(deps, queuelocs);
      } catch (error) {
        // They go out at the next heartbeat.
        deps.log.warn({ what, error: errorMessage(error) }, 'outstanding messages not published');
      }
    }
    isPublishing = false;
  };
  return {
    publishTo(queuelocs) {
      for (const queueloc of queuelocs) if (waiting.size < MAX_WAITING) waiting.add(queueloc);
      // It reports its own errors.
      if (!isPublishing) void publish();
    },
  };
}
