import { errorMessage } from '../contract/errors.ts';
import type { ActivityDeps } from './deps.ts';

/** Publishes messages to endpoints that just sent a heartbeat. */
export interface Outstanding<Receiver> {
  publishTo(receivers: readonly Receiver[]): void;
}

/** Beyond this, endpoints are dropped: their next heartbeat adds them again. */
const MAX_WAITING = 100_000;

/** Publishes one round at a time; endpoints that send a heartbeat meanwhile become the next round. */
export function createOutstanding<Receiver = string>(
  deps: ActivityDeps,
  {
    what,
    publish: publishRound,
  }: { what: string; publish: (deps: ActivityDeps, receivers: readonly Receiver[]) => Promise<unknown> },
): Outstanding<Receiver> {
  const waiting = new Set<Receiver>();
  let isPublishing = false;
  const publish = async () => {
    isPublishing = true;
    while (waiting.size > 0) {
      const receivers = [...waiting];
      waiting.clear();
      try {
        await publishRound(deps, receivers);
      } catch (error) {
        // The messages go out at the next heartbeat.
        deps.log.warn({ what, error: errorMessage(error) }, 'outstanding messages not published');
      }
    }
    isPublishing = false;
  };
  return {
    publishTo(receivers) {
      for (const receiver of receivers) if (waiting.size < MAX_WAITING) waiting.add(receiver);
      // `publish` logs its own errors.
      if (!isPublishing) void publish();
    },
  };
}
