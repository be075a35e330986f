import { COMMAND_CAPABILITIES } from '../contract/capabilities.ts';
import { EMPTY_RESULT } from '../contract/command.ts';
import { MigError } from '../contract/errors.ts';
import { encodeJson, RawJson } from '../contract/go/json.ts';
import { unixMillis } from '../contract/go/time.ts';
import { MAX_EXPIRATION_MS } from '../contract/limits.ts';
import { agentQueue, EXCHANGE_TO_AGENTS, processQueue } from '../contract/names.ts';
import { TIME_NEVER, TIME_ZERO } from '../contract/times.ts';
import { createSemaphore, type Semaphore } from '../platform/async/semaphore.ts';
import { actionById, actionRecord } from '../platform/postgres/queries/actions.ts';
import {
  claimReturned,
  markPublished,
  markRefused,
  markReturned,
  type OutgoingCommand,
  unpublishedPage,
} from '../platform/postgres/queries/commands.ts';
import type { Outcome, Urgency } from '../platform/rabbitmq/publish.ts';
import type { ActivityDeps } from './deps.ts';
import { withFailures } from './failures.ts';
import { withHeartbeat } from './with-heartbeat.ts';

const PAGE = 500;
/** Of all actions together: while the relay confirms one page, the next is read, and no number of them fills the memory. */
const PAGES_AT_ONCE = { bulk: 4, interactive: 40 };

/** Puts commands on the relay. A command counts as published only when confirmed and not returned. */
export function createDispatchActivities(deps: ActivityDeps) {
  const pagesInFlight = {
    bulk: createSemaphore(PAGES_AT_ONCE.bulk),
    interactive: createSemaphore(PAGES_AT_ONCE.interactive),
  };
  return {
    /** All unpublished commands of a shard, page by page; stops early, incomplete, when the action is paused. */
    dispatchCommands: (input: {
      actionId: number;
      shard: number;
      shards: number;
    }): Promise<{ isComplete: boolean }> =>
      withFailures(async () => {
        await withHeartbeat(({ urgency, progress, signal }) =>
          publishPages(
            { ...deps, pagesInFlight: pagesInFlight[urgency], signal },
            { ...input, urgency },
            progress,
          ),
        );
        const action = await actionById(deps.pool, input.actionId);
        return { isComplete: !action?.paused };
      }),
  };
}

/**
 * Reads the next pages while the relay still confirms the last ones, and of a sweep never more than may go out now: what
 * was read goes out, even if the action is cancelled meanwhile. `progress.after` moves only over pages whose predecessors
 * are done, too: a retry begins there. An attempt that was given up (the signal) makes room for the next.
 */
async function publishPages(
  deps: ActivityDeps & { pagesInFlight: Semaphore; signal: AbortSignal },
  shard: { actionId: number; shard: number; shards: number; urgency: Urgency },
  progress: { after: number },
): Promise<void> {
  const pages: Promise<void>[] = [];
  let done: Promise<void> = Promise.resolve();
  let hasFailed = false;
  try {
    for (let after = progress.after; !hasFailed; ) {
      const { read, published } = takePage(deps, { ...shard, after });
      pages.push(published);
      const last = await read;
      if (last === undefined) break;
      after = last;
      done = Promise.all([done, published]).then(() => {
        progress.after = last;
      });
      done.catch(() => {
        hasFailed = true; // and is thrown below
      });
    }
    await done;
  } finally {
    // A retry must not find as unpublished what is still on its way.
    await Promise.allSettled(pages);
  }
}

/** Reads a page and publishes it: the last id in it, as soon as it is read, and when all of it is done. */
function takePage(
  deps: ActivityDeps & { pagesInFlight: Semaphore; signal: AbortSignal },
  { urgency, ...from }: { actionId: number; shard: number; shards: number; after: number; urgency: Urgency },
): { read: Promise<number | undefined>; published: Promise<void> } {
  let published: Promise<void> = Promise.resolve();
  const read = new Promise<number | undefined>((resolve, reject) => {
    published = deps.pagesInFlight.withPermit(async () => {
      const limit = urgency === 'bulk' ? await deps.sweepLimiter(PAGE) : PAGE;
      deps.signal.throwIfAborted();
      const page = await unpublishedPage(deps.pool, { ...from, limit });
      resolve(page.at(-1)?.id);
      if (page.length > 0) await publishCommands(deps, page, urgency);
    });
    published.catch(reject);
  });
  return { read, published };
}

/** Sends what endpoints that just gave a sign of life still miss: commands that had been unroutable. */
export async function publishOutstanding(deps: ActivityDeps, queuelocs: readonly string[]): Promise<number> {
  const commands = await claimReturned(deps.pool, queuelocs);
  if (commands.length > 0) await publishCommands(deps, commands, 'bulk');
  return commands.length;
}

/**
 * Hands commands to the relay and marks what became of each. What found no queue, or a full one, goes out at a heartbeat
 * of its agent. Throws when the relay did not say what became of all.
 */
export async function publishCommands(
  deps: ActivityDeps,
  commands: readonly OutgoingCommand[],
  urgency: Urgency,
): Promise<void> {
  const publisher = await deps.publisher(urgency);
  const actions = await loadActions(deps, commands);
  deps.checkpoint('before publish');
  const outcomes = commands.map(async (command): Promise<Outcome | 'expired'> => {
    const action = actions.get(command.actionid);
    if (!action || action.expirationMs < 1) return 'expired';
    return publisher.publish({
      exchange: EXCHANGE_TO_AGENTS,
      routingKey:
        command.topid === null ? agentQueue(command.queueloc) : processQueue(command.queueloc, command.topid),
      body: commandJson(command, action),
      // Beyond what the relay can count (49 days) the message stays until it is taken; the agent's own check decides.
      ...(action.expirationMs <= MAX_EXPIRATION_MS ? { expirationMs: action.expirationMs } : {}),
    });
  });
  deps.checkpoint('before confirm');
  const settled = await Promise.allSettled(outcomes);
  deps.checkpoint('before mark');
  const idsThatWere = (outcome: Outcome) =>
    commands
      .filter((_, index) => {
        const one = settled[index];
        return one?.status === 'fulfilled' && one.value === outcome;
      })
      .map(({ id }) => id);
  await markPublished(deps.pool, idsThatWere('confirmed'));
  const returned = idsThatWere('returned');
  if (returned.length > 0) await markReturned(deps.pool, returned);
  const refused = idsThatWere('refused');
  if (refused.length > 0) {
    deps.log.warn({ commands: refused.length }, 'queues of endpoints are full: commands go out again later');
    await markRefused(deps.pool, refused);
  }
  const broken = settled.find((outcome) => outcome.status === 'rejected');
  if (broken)
    throw new MigError('unavailable', 'the relay did not answer for all commands', { cause: broken.reason });
}

interface LoadedAction {
  json: string;
  operations: number;
  expirationMs: number;
}

async function loadActions(
  deps: ActivityDeps,
  commands: readonly OutgoingCommand[],
): Promise<Map<number, LoadedAction>> {
  const loaded = new Map<number, LoadedAction>();
  for (const actionId of new Set(commands.map((command) => command.actionid))) {
    const row = await actionById(deps.pool, actionId);
    if (!row) continue;
    loaded.set(actionId, {
      json: encodeJson({ ...actionRecord(row), status: 'preparing', finishtime: TIME_ZERO, counters: {} }),
      operations: (JSON.parse(row.operations) as unknown[]).length,
      expirationMs: Math.floor(unixMillis(row.expireafter) - Date.now()),
    });
  }
  return loaded;
}

/** The command as MIG's agents know it (spec/relay.md#command-body). */
function commandJson(command: OutgoingCommand, action: LoadedAction): string {
  const { agent } = command;
  return encodeJson({
    id: command.id,
    action: new RawJson(action.json),
    agent: {
      id: agent.id,
      name: agent.name,
      queueloc: command.queueloc,
      mode: agent.mode,
      version: agent.version,
      pid: agent.pid,
      starttime: agent.starttime,
      destructiontime: agent.destructiontime ?? TIME_NEVER,
      heartbeatts: agent.heartbeattime,
      refreshts: agent.refreshtime,
      status: agent.status,
      environment: new RawJson(agent.environment),
      tags: new RawJson(agent.tags),
    },
    status: 'sent',
    results: Array.from({ length: action.operations }, () => EMPTY_RESULT),
    starttime: command.starttime,
    finishtime: TIME_ZERO,
    capabilities: COMMAND_CAPABILITIES,
  });
}
