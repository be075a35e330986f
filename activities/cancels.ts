import { cancelJson } from '../contract/cancel.ts';
import { MigError } from '../contract/errors.ts';
import { unixMillis } from '../contract/go/time.ts';
import { MAX_EXPIRATION_MS } from '../contract/limits.ts';
import { EXCHANGE_TO_AGENTS, processQueue } from '../contract/names.ts';
import {
  type CancelledCommand,
  cancelledOfAction,
  cancelledOfEndpoints,
} from '../platform/postgres/queries/commands/cancels.ts';
import type { Urgency } from '../platform/rabbitmq/publish.ts';
import type { ActivityDeps, OfAction, PagingAttempt } from './deps.ts';

type CancelDeps = Pick<ActivityDeps, 'pool' | 'publisher'>;

const PAGE = 500;

/** Cancels the published commands of a cancelled action that have no answer, page by page. */
export async function sendCancels(
  deps: CancelDeps,
  { actionId }: OfAction,
  attempt: PagingAttempt,
): Promise<void> {
  await publishPages(deps, attempt, (after) => {
    attempt.signal.throwIfAborted();
    return cancelledOfAction(deps.pool, { actionId, after, limit: PAGE });
  });
}

/** Sends cancels again to endpoints that sent a heartbeat: they may have been away when the action was cancelled. */
export async function publishDueCancels(deps: CancelDeps, queuelocs: readonly string[]): Promise<void> {
  await publishPages(deps, { urgency: 'bulk', progress: { after: 0 } }, (after) =>
    cancelledOfEndpoints(deps.pool, { queuelocs, after, limit: PAGE }),
  );
}

async function publishPages(
  deps: CancelDeps,
  { urgency, progress }: Pick<PagingAttempt, 'urgency' | 'progress'>,
  readPage: (after: number) => Promise<CancelledCommand[]>,
): Promise<void> {
  for (;;) {
    const page = await readPage(progress.after);
    const last = page.at(-1);
    if (!last) return;
    await publishCancels(deps, page, urgency);
    progress.after = last.id;
  }
}

/**
 * One message to each process, on its own queue: the queue of its endpoint may be full of cancelled commands. A process
 * that has ended needs no cancel, so a returned message is done.
 */
async function publishCancels(
  deps: CancelDeps,
  commands: readonly CancelledCommand[],
  urgency: Urgency,
): Promise<void> {
  const publisher = await deps.publisher(urgency);
  const published = commands.map(async ({ id, queueloc, pid, expireafter }) => {
    const leftMs = Math.floor(unixMillis(expireafter) - Date.now());
    if (pid === null || leftMs < 1) return;
    await publisher.publish({
      exchange: EXCHANGE_TO_AGENTS,
      routingKey: processQueue(queueloc, pid),
      body: cancelJson([id]),
      isTransient: true,
      expirationMs: Math.min(leftMs, MAX_EXPIRATION_MS),
    });
  });
  const settled = await Promise.allSettled(published);
  const broken = settled.find((outcome) => outcome.status === 'rejected');
  if (broken)
    throw new MigError('unavailable', 'the relay did not confirm all cancels', { cause: broken.reason });
}
