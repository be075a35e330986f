import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_BATCH } from '../../contract/rules/brakes/pace.ts';
import { inTransaction } from '../../platform/postgres/pool.ts';
import { beginAttempt, withdrawUnsent } from '../../platform/postgres/queries/brakes/departures.ts';
import type { OfAction, PagingAttempt } from '../deps.ts';
import type { DispatchDeps } from '../dispatch.ts';
import { publishCommands } from '../publish-commands.ts';
import { refuseUnsupported } from '../unsupported.ts';
import { type Standing, takeTurn } from './take-turn.ts';

/** Far below the timeout of the activity: the workflow calls it again. */
const MAX_RUN_MS = 5 * 60_000;
/** For a shorter time a timer of the workflow would cost more than it saves. */
const MAX_SLEEP_MS = 1_000;
/** The clocks of worker and database run apart: a turn a moment too early decides to wait again. */
const MIN_SLEEP_MS = 20;

/**
 * Publishes the commands of an action as its brakes allow, batch after batch, until nothing may leave for a while. A batch
 * is settled before the next one is taken, so that no command is taken twice. Null: the action has no brakes.
 */
export async function departCommands(
  deps: DispatchDeps,
  { actionId }: OfAction,
  { urgency, signal }: PagingAttempt,
): Promise<Standing | null> {
  const begun = await inTransaction(deps.pool, (db) => beginAttempt(db, actionId));
  if (begun === undefined) return null;
  const { attempt, left } = begun;
  if (left === 0) {
    await refuseUnsupported(deps, { actionId, shard: 0, shards: 1 });
  }
  const endsAt = performance.now() + MAX_RUN_MS;
  while (true) {
    signal.throwIfAborted();
    const most = urgency === 'bulk' ? await deps.sweepLimiter(MAX_BATCH) : MAX_BATCH;
    const { standing, taken, kept } = await departOnce(deps, { actionId, attempt, most, urgency });
    const { waitMs } = standing;
    if (performance.now() > endsAt || standing.isDone) return standing;
    if (taken > kept) continue;
    // All of them were kept back at the last moment. The next turn decides otherwise, or not at once.
    const pauseMs = taken > 0 ? MAX_SLEEP_MS : waitMs;
    if (pauseMs === null || pauseMs > MAX_SLEEP_MS) return standing;
    await sleep(Math.max(MIN_SLEEP_MS, pauseMs), undefined, { signal });
  }
}

/** Takes a turn. `kept`: how many of the commands that it took did not leave, though they could. */
async function departOnce(
  deps: DispatchDeps,
  {
    actionId,
    attempt,
    most,
    urgency,
  }: OfAction & { attempt: number; most: number; urgency: PagingAttempt['urgency'] },
): Promise<{ standing: Standing; taken: number; kept: number }> {
  const release = await deps.pageLimits[urgency].acquire();
  try {
    const { commands, standing, heldFor } = await takeTurn(deps.pool, { actionId, attempt, most });
    if (heldFor !== undefined) deps.log.warn({ actionId, reason: heldFor }, 'action held by its brakes');
    const taken = commands.length;
    if (taken === 0) return { standing, taken, kept: 0 };
    await publishCommands(deps, commands, urgency);
    const kept = await withdrawUnsent(deps.pool, { ids: commands.map(({ id }) => id), attempt });
    return { standing, taken, kept };
  } finally {
    release();
  }
}
