import { errorMessage } from '../contract/errors.ts';
import { actionWorkflowId } from '../contract/names.ts';
import { createSemaphore, type Semaphore } from '../platform/async/semaphore.ts';
import { markNews } from '../platform/postgres/queries/brakes/brakes.ts';
import {
  claimReturned,
  hasUnpublished,
  unpublishedPage,
} from '../platform/postgres/queries/commands/commands.ts';
import { isOfSweep } from '../platform/postgres/queries/sweeps/run-actions.ts';
import type { Urgency } from '../platform/rabbitmq/publish.ts';
import type { ActivityDeps, PagingAttempt, Shard } from './deps.ts';
import { publishCommands } from './publish-commands.ts';
import { createBackPressure } from './sweep/back-pressure.ts';
import { refuseUnsupported } from './unsupported.ts';

const PAGE = 500;

/** A command of a compliance sweep asks up to six operations, each of many checks. */
const SWEEP_COST = 4;

/** Pages of commands that may be read or in flight to the relay at one time, of all actions together. */
export type PageLimits = Record<Urgency, Semaphore>;

/** While the relay confirms one page, the next is read; the limits bound the memory, however many actions there are. */
export function createPageLimits(): PageLimits {
  return { bulk: createSemaphore(4), interactive: createSemaphore(40) };
}

export type DispatchDeps = Pick<
  ActivityDeps,
  'pool' | 'log' | 'publisher' | 'sweepLimiter' | 'countWaitingAnswers' | 'checkpoint'
> & {
  pageLimits: PageLimits;
};

/**
 * Publishes the unpublished commands of a shard; incomplete when the action was paused or got brakes meanwhile. Commands that their
 * endpoints cannot run fail instead: in one statement before there are pages, and in each page again.
 */
export async function dispatchCommands(
  deps: DispatchDeps,
  shard: Shard,
  attempt: PagingAttempt,
): Promise<{ isComplete: boolean; isBraked?: boolean }> {
  await refuseUnsupported(deps, shard);
  const isSweep = await isOfSweep(deps.pool, shard.actionId);
  // No investigator waits for a sweep, however few endpoints it has.
  await publishPages(deps, { ...shard, isSweep }, isSweep ? { ...attempt, urgency: 'bulk' } : attempt);
  // Not whether the action is paused now: a pause may have ended since it hid the last page.
  const { isFound, isBraked } = await hasUnpublished(deps.pool, { ...shard, after: attempt.progress.after });
  return isBraked ? { isComplete: false, isBraked } : { isComplete: !isFound };
}

/**
 * Publishes the commands of endpoints that just sent a heartbeat and whose queue could not take them before. Those of actions
 * with brakes are left to the workflows of these.
 */
export async function publishOutstanding(deps: ActivityDeps, queuelocs: readonly string[]): Promise<number> {
  const { commands, braked } = await claimReturned(deps.pool, queuelocs);
  if (braked.length > 0) await wakeBraked(deps, braked);
  if (commands.length > 0) await publishCommands(deps, commands, 'bulk');
  return commands.length;
}

/** A signal that is lost is repeated by the reconciler. */
async function wakeBraked({ pool, log, workflows }: ActivityDeps, actionIds: readonly number[]) {
  await markNews(pool, actionIds);
  for (const actionId of actionIds) {
    try {
      await workflows.wake(actionWorkflowId(actionId));
    } catch (error) {
      log.warn({ actionId, error: errorMessage(error) }, 'workflow not woken');
    }
  }
}

/**
 * Reads page after page while the relay still confirms the earlier ones. `progress.after` advances over pages whose
 * predecessors are published, too, because a retry starts there.
 */
async function publishPages(
  deps: DispatchDeps,
  { isSweep, ...shard }: Shard & { isSweep: boolean },
  attempt: PagingAttempt,
): Promise<void> {
  const { progress, signal } = attempt;
  const waitForRoom = createBackPressure(deps, shard, signal);
  const pages: Promise<void>[] = [];
  let publishedSoFar = Promise.resolve();
  let hasFailed = false;
  let after = progress.after;
  try {
    while (!hasFailed) {
      const limit = isSweep ? await waitForRoom(after) : PAGE;
      const page = await startPage(deps, { ...shard, after, limit, isSweep }, attempt);
      if (page === undefined) break;
      const { lastId } = page;
      after = lastId;
      pages.push(page.published);
      publishedSoFar = Promise.all([publishedSoFar, page.published]).then(() => {
        progress.after = lastId;
      });
      publishedSoFar.catch(() => {
        hasFailed = true; // the error is thrown below
      });
    }
    await publishedSoFar;
  } finally {
    // Wait for every page: a retry must not see commands in flight as unpublished.
    await Promise.allSettled(pages);
  }
}

/** Reads a page and starts to publish it; undefined when nothing is left. */
async function startPage(
  deps: DispatchDeps,
  { isSweep, ...from }: Shard & { after: number; limit: number; isSweep: boolean },
  { urgency, signal }: PagingAttempt,
): Promise<{ lastId: number; published: Promise<void> } | undefined> {
  const release = await deps.pageLimits[urgency].acquire();
  try {
    // A page never exceeds what the limiter allows now, because a page that was read is sent even after a cancel.
    const limit = urgency === 'bulk' ? await allowedNow(deps, from.limit, isSweep) : from.limit;
    signal.throwIfAborted();
    const page = await unpublishedPage(deps.pool, { ...from, limit });
    const lastId = page.at(-1)?.id;
    if (lastId !== undefined) {
      return { lastId, published: publishCommands(deps, page, urgency).finally(release) };
    }
  } catch (error) {
    release();
    throw error;
  }
  release();
  return undefined;
}

async function allowedNow(
  { sweepLimiter }: Pick<DispatchDeps, 'sweepLimiter'>,
  commands: number,
  isSweep: boolean,
): Promise<number> {
  if (!isSweep) return sweepLimiter(commands);
  return Math.ceil((await sweepLimiter(commands * SWEEP_COST)) / SWEEP_COST);
}
