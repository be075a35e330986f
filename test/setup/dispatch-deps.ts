import { createPageLimits, type DispatchDeps } from '../../activities/dispatch.ts';
import type { Urgency } from '../../platform/rabbitmq/publish.ts';
import { startPublishing } from '../../worker/publishing.ts';
import { log, type Platform } from './platform.ts';

/** What dispatch needs, on a platform whose worker does not run. The exchange of the agents is there. */
export async function openDispatchDeps(
  platform: Platform,
  { urgency, sweepYieldMs = 2_000 }: { urgency: Urgency; sweepYieldMs?: number },
): Promise<DispatchDeps> {
  const { pool, workerConfig } = platform;
  const { relay } = workerConfig;
  const publishing = startPublishing({ relay, pool, log, sweepRateBesideOthers: 300, sweepYieldMs });
  platform.use(publishing.session);
  await publishing.publisher(urgency); // declares the exchange of the agents
  return {
    pool,
    log,
    publisher: publishing.publisher,
    sweepLimiter: publishing.sweepLimiter,
    countWaitingAnswers: publishing.countWaitingAnswers,
    pageLimits: createPageLimits(),
    checkpoint: () => {},
  };
}
